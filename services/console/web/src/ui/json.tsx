/** A value as it is. */
export const Json = ({ value, label }: { readonly value: unknown; readonly label: string }) => (
  <section aria-label={label}>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
    <pre className="json" tabIndex={0}>
      {value === undefined ? '–' : JSON.stringify(value, null, 2)}
    </pre>
  </section>
);

/** What a text says as JSON, or what is wrong with it. */
export function readJson(text: string): { readonly value: unknown } | { readonly wrong: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}

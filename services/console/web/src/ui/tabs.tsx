import { Link } from 'wouter';
import { useUrlState } from '../api/url-state.ts';

type TabsProps = {
  readonly label: string;
  readonly of: readonly (readonly [key: string, text: string])[];
  readonly name?: string;
};

/** Choices that stand in the address: links, so that each can be opened and sent. */
export function Tabs({ label, of, name = 'tab' }: TabsProps) {
  const url = useUrlState();
  const chosen = url.get(name) || of[0]?.[0];
  return (
    <nav className="tabs" aria-label={label}>
      {of.map(([key, text]) => (
        <Link key={key} href={url.hrefWith({ [name]: key })} replace aria-current={key === chosen ? 'page' : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  );
}

/** The tab that is open. */
export function useTab(of: TabsProps['of'], name = 'tab'): string {
  const url = useUrlState();
  return url.get(name) || (of[0]?.[0] ?? '');
}

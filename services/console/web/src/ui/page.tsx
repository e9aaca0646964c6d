import { type ReactNode, useEffect } from 'react';
import { Link } from 'wouter';

type PageProps = {
  readonly title: string;
  /** Beside the title: a state, an age. */
  readonly aside?: ReactNode;
  readonly actions?: ReactNode;
  /** The list that this belongs to. */
  readonly from?: { readonly href: string; readonly text: string };
  readonly children: ReactNode;
};

/** A page: its name in the window's title too, what can be done at the right, the rest below. */
export function Page({ title, aside, actions, from, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Millrace`;
  }, [title]);
  return (
    <>
      <header className="page-head">
        <div>
          {from && (
            <Link href={from.href} className="crumb">
              ← {from.text}
            </Link>
          )}
          <h1>
            {title} {aside}
          </h1>
        </div>
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

type SectionProps = {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
};

export const Section = ({ title, actions, children }: SectionProps) => (
  <section className="section">
    <header className="section-head">
      <h2>{title}</h2>
      {actions && <div className="actions">{actions}</div>}
    </header>
    {children}
  </section>
);

/** Names and their values. Undefined ones are left out. */
export const Facts = ({ of }: { readonly of: Readonly<Record<string, ReactNode>> }) => (
  <dl className="facts">
    {Object.entries(of)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? <span className="faint">–</span>}</dd>
        </div>
      ))}
  </dl>
);

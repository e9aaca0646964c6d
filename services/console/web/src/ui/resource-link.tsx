import { Link } from 'wouter';

/** The beginning and the end of an id: enough to tell two apart, the whole at a look. */
export const shortId = (id: string): string => (id.length > 14 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id);

export const JobLink = ({
  service,
  id,
  text,
}: {
  readonly service: string;
  readonly id: string;
  readonly text?: string;
}) => (
  <Link href={`/jobs/${service}/${id}`} title={id} className={text ? undefined : 'mono'}>
    {text ?? shortId(id)}
  </Link>
);

export const TraceLink = ({ id }: { readonly id: string | null | undefined }) =>
  id ? (
    <Link href={`/traces/${id}`} className="mono" title={id}>
      {shortId(id)}
    </Link>
  ) : (
    <span className="faint">–</span>
  );

export const ResourceLink = ({
  href,
  id,
  text,
}: {
  readonly href: string;
  readonly id: string;
  readonly text?: string;
}) => (
  <Link href={href} title={id} className={text ? undefined : 'mono'}>
    {text || shortId(id)}
  </Link>
);

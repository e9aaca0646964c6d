import { serviceNames } from '../../../src/domain/service-name.ts';
import { useFilter, useUrlState } from '../api/url-state.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { FilterChoice, Filters, FilterText, useTyped } from '../ui/filter.tsx';

type Filter = Readonly<Record<string, string>>;

/** Those that have a field here, or the buttons of the states. */
const shownNames = ['state', 'service', 'name', 'queue', 'tag', 'trace', 'q'];
/** Those that come by links only. */
const linkedNames = ['fingerprint', 'from', 'to'];

/** What of the address narrows the list of jobs; `arg.<path>` is a value inside of the payload. */
export const useJobFilter = (): Filter =>
  useFilter((name) => shownNames.includes(name) || linkedNames.includes(name) || name.startsWith('arg.'));

/** What the list of jobs can be narrowed by. */
export const JobFilters = ({ filter }: { readonly filter: Filter }) => (
  <>
    <Filters>
      <FilterText name="q" label="Text" />
      <FilterText name="name" label="Name" />
      <FilterChoice name="service" label="Service" of={serviceNames} />
      <FilterText name="queue" label="Queue" />
      <FilterText name="trace" label="Trace" />
      <FilterText name="tag" label="Tag" />
      <ArgumentFilter filter={filter} />
    </Filters>
    <LinkedFilters filter={filter} />
  </>
);

/** One `path=value` into the payload, asked for when it is whole. */
function ArgumentFilter({ filter }: { readonly filter: Filter }) {
  const url = useUrlState();
  const known = argumentsIn(filter)[0];
  const [text, setText] = useTyped(known ? argumentText(known) : '', (typed) => {
    const [, path = '', value = ''] = /^([^=]+)=(.+)$/.exec(typed) ?? [];
    const next = path.trim() && value.trim() ? ([`arg.${path.trim()}`, value.trim()] as const) : undefined;
    url.set({ ...(known && { [known[0]]: null }), ...(next && { [next[0]]: next[1] }) });
    return next ? argumentText(next) : '';
  });
  return <TextField label="Argument" placeholder="campaignId=…" value={text} onChange={setText} />;
}

const argumentsIn = (filter: Filter) => Object.entries(filter).filter(([name]) => name.startsWith('arg.'));

const argumentText = ([name, value]: readonly [string, string]): string => `${name.slice('arg.'.length)}=${value}`;

/** What a link has narrowed the list by beyond the fields, each with the way back. */
function LinkedFilters({ filter }: { readonly filter: Filter }) {
  const url = useUrlState();
  const linked = Object.entries(filter).filter(([name]) => linkedNames.includes(name));
  const others = [...linked, ...argumentsIn(filter).slice(1)];
  if (others.length === 0) return null;
  return (
    <p className="actions linked-filters">
      {others.map(([name, value]) => (
        <Button key={name} onClick={() => url.set({ [name]: null })}>
          Without {name} {value}
        </Button>
      ))}
    </p>
  );
}

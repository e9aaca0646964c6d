import { fileHref } from '../api/files.ts';
import type { Artifact } from '../api/product-shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { Clip } from '../ui/clip.tsx';
import { bytesText } from '../ui/numbers.ts';
import { Section } from '../ui/page.tsx';
import { type Column, Table } from '../ui/table.tsx';

/** The files of a mesh, each to take with you. */
export const MeshFiles = ({ of }: { readonly of: readonly Artifact[] }) => (
  <Section title="Files">
    <Table label="Files" columns={columns} rows={of} keyOf={({ name }) => name} empty={<Empty title="No file yet" />} />
  </Section>
);

const columns: readonly Column<Artifact>[] = [
  {
    title: 'File',
    cell: ({ name, url }) => (
      <a href={fileHref('mesh-orchestrator', url)} download={name}>
        {name}
      </a>
    ),
  },
  { title: 'Format', cell: ({ format }) => format },
  { title: 'Size', isNumber: true, cell: ({ bytes }) => bytesText(bytes) },
  { title: 'SHA-256', cell: ({ sha256 }) => <Clip text={sha256} kind="mono" /> },
];

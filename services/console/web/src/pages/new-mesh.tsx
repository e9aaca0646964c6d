import { useState } from 'react';
import { useLocation } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import type { Mesh, MeshParameter, Presets } from '../api/product-shapes.ts';
import { Answer } from '../ui/answer.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogButton } from '../ui/dialog-button.tsx';
import { Choice, TextField } from '../ui/field.tsx';
import { Question } from '../ui/question.tsx';
import { ParameterField } from './parameter-field.tsx';

const modes = ['auto', 'sprite', 'relief', 'lithophane', 'extrude', 'cutout', 'inflate'] as const;

type Source = Partial<Pick<Mesh, 'imageUrl' | 'projectId' | 'imageId' | 'mode' | 'parameters'>>;

/** Asks for a mesh: of a new picture, or of the picture of a mesh that is there, with other parameters. */
export function NewMesh({ like }: { readonly like?: Source }) {
  return (
    <DialogButton needs="member" kind="primary" dialog={(close) => <Loaded like={like ?? {}} onClose={close} />}>
      {like ? 'Regenerate' : 'New mesh'}
    </DialogButton>
  );
}

type OpenProps = { readonly like: Source; readonly onClose: () => void };

function Loaded({ like, onClose }: OpenProps) {
  const presets = useAnswer<Presets>('/api/mesh-orchestrator/presets');
  return (
    <Dialog title="A mesh" onClose={onClose}>
      <Answer of={presets}>{(found) => <Editor presets={found} like={like} onClose={onClose} />}</Answer>
    </Dialog>
  );
}

function Editor({ presets, like, onClose }: OpenProps & { readonly presets: Presets }) {
  const [, navigate] = useLocation();
  const [imageUrl, setImageUrl] = useState(like.imageUrl ?? '');
  const [mode, setMode] = useState(like.mode ?? 'auto');
  const [preset, setPreset] = useState('');
  const [parameters, setParameters] = useState<Readonly<Record<string, unknown>>>(like.parameters ?? {});
  const generate = useDeed<Mesh>(({ id }) => {
    onClose();
    navigate(`/meshes/${id}`);
  });
  const isOfProject = like.projectId && like.imageId;
  const shown = presets.parameters.filter((parameter) => parameter.modes.includes(mode));
  const kept = Object.fromEntries(
    Object.entries(parameters).filter(([name]) => shown.some((parameter) => parameter.name === name)),
  );
  return (
    <Question
      submit="Generate"
      isBusy={generate.isPending}
      onClose={onClose}
      onSubmit={() => {
        const picture = isOfProject ? { projectId: like.projectId, imageId: like.imageId } : { imageUrl };
        const body = { ...picture, mode, parameters: kept, ...(preset && { preset }) };
        generate.mutate({ path: '/api/mesh-orchestrator/meshes', body, said: 'It is under way.' });
      }}
    >
      {!isOfProject && (
        <TextField
          label="Address of the picture"
          value={imageUrl}
          onChange={setImageUrl}
          isRequired
          placeholder="https://"
        />
      )}
      <div className="filters">
        <Choice label="Mode" value={mode} onChange={setMode} of={modes} />
        <Choice
          label="Preset"
          value={preset}
          onChange={setPreset}
          of={[['', 'none'], ...presets.items.map(({ id, name }) => [id, name] as const)]}
        />
      </div>
      <Parameters of={shown} values={parameters} onChange={setParameters} />
    </Question>
  );
}

type ParametersProps = {
  readonly of: readonly MeshParameter[];
  readonly values: Readonly<Record<string, unknown>>;
  readonly onChange: (values: Readonly<Record<string, unknown>>) => void;
};

const Parameters = ({ of, values, onChange }: ParametersProps) => (
  <fieldset className="parameters">
    <legend>Parameters</legend>
    {of.map((parameter) => (
      <ParameterField
        key={parameter.name}
        parameter={parameter}
        value={values[parameter.name]}
        onChange={(value) => {
          const { [parameter.name]: _old, ...rest } = values;
          onChange(value === undefined ? rest : { ...rest, [parameter.name]: value });
        }}
      />
    ))}
  </fieldset>
);

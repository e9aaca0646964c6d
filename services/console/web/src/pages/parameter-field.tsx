import { useId } from 'react';
import type { MeshParameter } from '../api/product-shapes.ts';
import { Check, Choice, NumberField, TextField } from '../ui/field.tsx';

type FieldProps = {
  readonly parameter: MeshParameter;
  readonly value: unknown;
  /** Undefined: as the engine has it by default. */
  readonly onChange: (value: unknown) => void;
};

/** One parameter by its kind: a slider where it has a range, a choice where it has a few values. */
export function ParameterField({ parameter, value, onChange }: FieldProps) {
  const { name, type, min, max, of = [], about } = parameter;
  if (type === 'boolean')
    return (
      <Check
        label={`${name}: ${about}`}
        checked={value === true}
        onChange={(checked) => onChange(checked || undefined)}
      />
    );
  if (type === 'choice')
    return (
      <Choice
        label={name}
        hint={about}
        value={String(value ?? '')}
        onChange={(chosen) => onChange(chosen || undefined)}
        of={[['', 'by default'], ...of]}
      />
    );
  if (type === 'choices')
    return (
      <TextField
        label={name}
        hint={`${about} Any of ${of.join(', ')}, with commas.`}
        value={listText(value)}
        onChange={(text) => onChange(listOf(text))}
      />
    );
  if (min !== undefined && max !== undefined)
    return <Slider parameter={{ ...parameter, min, max }} value={value} onChange={onChange} />;
  return (
    <NumberField label={name} hint={about} value={typeof value === 'number' ? value : undefined} onChange={onChange} />
  );
}

const listText = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : '');

function listOf(text: string): readonly string[] | undefined {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
  return items.length === 0 ? undefined : items;
}

type SliderProps = FieldProps & { readonly parameter: MeshParameter & { readonly min: number; readonly max: number } };

function Slider({ parameter: { name, type, min, max, default: usual, about }, value, onChange }: SliderProps) {
  const id = useId();
  const step = type === 'integer' ? 1 : (max - min) / 200;
  const start = typeof usual === 'number' ? usual : min;
  return (
    <div className="field">
      <label htmlFor={id} title={about}>
        {name}:{' '}
        <span className="number">
          {typeof value === 'number' ? value : `by default${typeof usual === 'number' ? ` ${usual}` : ''}`}
        </span>
      </label>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={typeof value === 'number' ? value : start}
        onChange={(event) => onChange(Number(event.target.value))}
      />
    </div>
  );
}

import { useState } from 'react';
import { useAnswer } from '../api/answers.ts';
import { Answer } from '../ui/answer.tsx';
import { Check } from '../ui/field.tsx';
import { countOf } from '../ui/numbers.ts';

type Sprite = {
  /** In pixels, y down. */
  readonly vertices: readonly (readonly [x: number, y: number])[];
  readonly triangles: readonly (readonly [number, number, number])[];
  readonly metadata: { readonly width: number; readonly height: number };
};

type SpriteViewerProps = {
  /** Of `sprite.json`. */
  readonly src: string;
  readonly picture: string | undefined;
  readonly label: string;
};

/** A sprite: its picture, and over it the triangles that it is cut into. */
export function SpriteViewer({ src, picture, label }: SpriteViewerProps) {
  const sprite = useAnswer<Sprite>(src, { everyMs: 600_000 });
  const [hasWireframe, setWireframe] = useState(true);
  const [hasPicture, setPicture] = useState(true);
  return (
    <figure className="card viewer">
      <Answer of={sprite} lines={9}>
        {(found) => (
          <Drawing
            sprite={found}
            label={label}
            picture={hasPicture ? picture : undefined}
            hasWireframe={hasWireframe}
          />
        )}
      </Answer>
      <figcaption>
        <Check label="Wireframe" checked={hasWireframe} onChange={setWireframe} />
        {picture && <Check label="Picture" checked={hasPicture} onChange={setPicture} />}
        <span className="hint">{sprite.data && countOf(sprite.data.triangles.length, 'triangle')}</span>
      </figcaption>
    </figure>
  );
}

type DrawingProps = {
  readonly sprite: Sprite;
  readonly label: string;
  readonly picture: string | undefined;
  readonly hasWireframe: boolean;
};

function Drawing({ sprite: { vertices, triangles, metadata }, label, picture, hasWireframe }: DrawingProps) {
  const { width, height } = metadata;
  const at = (index: number) => (vertices[index] ?? [0, 0]).join(' ');
  const path = triangles.map(([a, b, c]) => `M${at(a)}L${at(b)}L${at(c)}Z`).join('');
  return (
    <svg className="viewer-frame" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label} data-ready="true">
      {picture && <image href={picture} width={width} height={height} />}
      {hasWireframe && <path className="wireframe" d={path} />}
    </svg>
  );
}

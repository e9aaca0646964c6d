type SparklineProps = { readonly points: readonly (number | null)[]; readonly label: string };

const width = 120;
const height = 28;

/** The shape of an hour, without axes. Gaps stay gaps. */
export function Sparkline({ points, label }: SparklineProps) {
  if (points.length < 2) return <span className="sparkline" />;
  const top = Math.max(1, ...points.map((point) => point ?? 0));
  const x = (index: number) => (index / (points.length - 1)) * width;
  const y = (value: number) => height - 2 - (value / top) * (height - 4);
  const path = points
    .map((point, index) =>
      point === null ? '' : `${points[index - 1] == null ? 'M' : 'L'}${x(index).toFixed(1)} ${y(point).toFixed(1)}`,
    )
    .join('');
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
      preserveAspectRatio="none"
    >
      <path d={path} />
    </svg>
  );
}

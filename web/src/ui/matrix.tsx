// A correlation matrix one can read: each figure on a ground as strong as it is large.
import { ratio } from "../lib/format";
import styles from "./heat.module.css";

interface MatrixProps {
  label: string;
  labels: string[];
  values: (number | null)[][];
}

export function Matrix({ label, labels, values }: MatrixProps) {
  return (
    <div className={styles.scroll} role="region" aria-label={label} tabIndex={0}>
      <table className={styles.months}>
        <thead>
          <tr>
            <th scope="col">
              <span className="sr-only">Leg</span>
            </th>
            {labels.map((name, column) => (
              <th key={name} scope="col" title={name}>
                {column + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((name, row) => (
            <tr key={name}>
              <th scope="row" className={styles.name}>
                {row + 1} <span>{name}</span>
              </th>
              {labels.map((other, column) => (
                <MatrixCell
                  key={other}
                  value={values[row]?.[column] ?? null}
                  self={row === column}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function MatrixCell({ value, self }: { value: number | null; self: boolean }) {
  if (value === null) return <td className="muted">·</td>;
  if (self) return <td className="muted">1</td>;
  const tone = value < 0 ? "var(--down)" : "var(--up)";
  const strength = Math.round(Math.min(1, Math.abs(value)) * 46);
  return (
    <td style={{ background: `color-mix(in srgb, ${tone} ${strength}%, transparent)` }}>
      {ratio(value)}
    </td>
  );
}

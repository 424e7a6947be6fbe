// Returns by month and year, as a grid whose strength of colour is the size of the move.
import { percent } from "../lib/format";
import styles from "./heat.module.css";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

interface MonthMapProps {
  returns: { year: number; month: number; return: number | null }[];
}

export function MonthMap({ returns }: MonthMapProps) {
  const years = [...new Set(returns.map((entry) => entry.year))].sort((a, b) => a - b);
  const largest = Math.max(0.0001, ...returns.map((entry) => Math.abs(entry.return ?? 0)));
  const valueAt = (year: number, month: number) =>
    returns.find((entry) => entry.year === year && entry.month === month)?.return;
  return (
    <div className={styles.scroll} role="region" aria-label="Monthly returns" tabIndex={0}>
      <table className={styles.months}>
        <thead>
          <tr>
            <th scope="col">Year</th>
            {months.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">Total</th>
          </tr>
        </thead>
        <tbody>
          {years.map((year) => (
            <tr key={year}>
              <th scope="row">{year}</th>
              {months.map((name, index) => (
                <MonthCell key={name} value={valueAt(year, index + 1)} largest={largest} />
              ))}
              <MonthCell value={yearTotal(returns, year)} largest={largest * 3} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function MonthCell({ value, largest }: { value: number | null | undefined; largest: number }) {
  if (value === undefined || value === null) return <td className="muted">·</td>;
  const strength = Math.round(Math.min(1, Math.abs(value) / largest) * 42);
  const tone = value < 0 ? "var(--down)" : "var(--up)";
  return (
    <td
      style={
        value === 0
          ? undefined
          : { background: `color-mix(in srgb, ${tone} ${strength}%, transparent)` }
      }
    >
      {percent(value, 1)}
    </td>
  );
}

function yearTotal(returns: MonthMapProps["returns"], year: number): number {
  return (
    returns
      .filter((entry) => entry.year === year)
      .reduce((total, entry) => total * (1 + (entry.return ?? 0)), 1) - 1
  );
}

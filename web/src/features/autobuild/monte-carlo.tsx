// What the same trades might have made in another order, as quantiles.
import { count, percent, ratio } from "../../lib/format";
import type { Detail } from "../../lib/resources/autobuilds";
import styles from "../../ui/heat.module.css";

type Result = NonNullable<Detail["monte_carlo"]>;

export function MonteCarlo({ result }: { result: Result }) {
  return (
    <div style={{ display: "grid", gap: 10 }}>
      <div className={styles.scroll} role="region" aria-label="Quantiles" tabIndex={0}>
        <table className={styles.months}>
          <thead>
            <tr>
              <th scope="col">
                <span className="sr-only">Figure</span>
              </th>
              {result.shares.map((share) => (
                <th key={share} scope="col">
                  {percent(share, 0)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Quantiles name="Equity at the end, of 1" values={result.final_equity} show={ratio} />
            <Quantiles
              name="Max drawdown"
              values={result.max_drawdown}
              show={(value) => percent(value, 1)}
            />
          </tbody>
        </table>
      </div>
      <span className="muted">
        {count(result.runs)} orders of {count(result.trades)} trades;{" "}
        {percent(result.loss_probability, 0)} of them end with a loss. A drawdown far beyond the one
        that happened is luck that has not run out yet.
      </span>
    </div>
  );
}

interface QuantilesProps {
  name: string;
  values: number[];
  show: (value: number) => string;
}

function Quantiles({ name, values, show }: QuantilesProps) {
  return (
    <tr>
      <th scope="row" className={styles.name}>
        {name}
      </th>
      {values.map((value, at) => (
        <td key={at}>{show(value)}</td>
      ))}
    </tr>
  );
}

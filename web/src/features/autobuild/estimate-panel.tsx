// What the constraints would cost, read anew while one types.
import type { UseQueryResult } from "@tanstack/react-query";
import { bytes, count, day, duration } from "../../lib/format";
import type { Estimate } from "../../lib/resources/autobuilds";
import { Icon } from "../../ui/icon";
import { Panel } from "../../ui/page";
import { Loading } from "../../ui/states";
import styles from "./autobuild.module.css";

interface EstimatePanelProps {
  query: UseQueryResult<Estimate>;
  stale: boolean;
}

export function EstimatePanel({ query, stale }: EstimatePanelProps) {
  const busy = stale || query.isFetching;
  return (
    <Panel
      title="Estimate"
      actions={
        <span className="muted" role="status">
          {busy ? "Reckoning…" : query.isError ? "Contradiction" : ""}
        </span>
      }
    >
      {query.data ? (
        <Figures estimate={query.data} />
      ) : query.isError ? (
        <span className="muted">The constraints cannot hold together yet.</span>
      ) : (
        <Loading rows={4} />
      )}
    </Panel>
  );
}

function Figures({ estimate }: { estimate: Estimate }) {
  return (
    <div style={{ display: "grid", gap: 12 }}>
      <dl className={styles.facts}>
        <dt>Instruments</dt>
        <dd>{count(estimate.instruments.length)}</dd>
        <dt>Parameter sets</dt>
        <dd>{count(estimate.sets)}</dd>
        <dt>Bars</dt>
        <dd>{count(estimate.bars)}</dd>
        <dt>Time, about</dt>
        <dd>{estimate.seconds < 1 ? "under 1s" : duration(estimate.seconds)}</dd>
        <dt>Memory</dt>
        <dd>{bytes(estimate.bytes)}</dd>
      </dl>
      <span className="muted">{estimate.text}</span>
      {estimate.warnings.map((warning) => (
        <span key={warning} className={styles.fault}>
          <Icon name="warning" size={12} /> {warning}
        </span>
      ))}
      {estimate.instruments.length > 0 ? (
        <ul className={styles.instruments} aria-label="Instruments" tabIndex={0}>
          {estimate.instruments.map((series) => (
            <li key={series.instrument}>
              <span>{series.instrument}</span>
              <span className="muted">
                {count(series.bars)} since {day(series.first_ts)}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

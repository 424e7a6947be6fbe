// Two to five results side by side: their curves from one start, their figures in columns.
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { bestPlace, rebased } from "../../lib/compared";
import { metricName, showMetric } from "../../lib/metrics";
import { compareQuery, type ComparedRun } from "../../lib/resources/runs";
import fields from "../../ui/fields.module.css";
import { LinkButton } from "../../ui/link-button";
import { LineKey, LinesChart } from "../../ui/lines-chart";
import { Page, Panel } from "../../ui/page";
import { Answer, Empty } from "../../ui/states";
import table from "../../ui/table.module.css";

export default function ComparePage() {
  const { ids = "" } = useSearch({ strict: false });
  const wanted = ids.split(",").filter(Boolean);
  const query = useQuery(compareQuery(wanted));
  const back = (
    <LinkButton variant="default" to="/backtests">
      Choose others
    </LinkButton>
  );
  return (
    <Page
      title="Comparison"
      subtitle="Results side by side; every curve begins at 100."
      actions={back}
    >
      {wanted.length < 2 ? (
        <Panel>
          <Empty title="Nothing to compare" action={back}>
            Choose two to five finished runs in the lists.
          </Empty>
        </Panel>
      ) : (
        <Answer query={query} rows={10}>
          {(runs) => <Comparison runs={runs} />}
        </Answer>
      )}
    </Page>
  );
}

function Comparison({ runs }: { runs: ComparedRun[] }) {
  const lines = useMemo(
    () => runs.map((run) => ({ name: labelOf(run), points: rebased(run.equity) })),
    [runs],
  );
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))];
  return (
    <div className={fields.stack}>
      <Panel title="Equity, each from 100" flush>
        <div style={{ padding: "8px 12px" }}>
          {lines.map((line, at) => (
            <LineKey key={runs[at]?.id} at={at} name={line.name} />
          ))}
        </div>
        <LinesChart label="Equity of the compared runs" lines={lines} height={340} />
      </Panel>
      <Panel title="Figures" flush>
        <div className={table.scroll} role="region" aria-label="Figures" tabIndex={0}>
          <table className={table.table}>
            <thead>
              <tr>
                <th scope="col">Figure</th>
                {runs.map((run, at) => (
                  <th key={run.id} scope="col" className={`${table.end} ${table.wrap}`}>
                    <LineKey at={at} name={run.name} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {names.map((name) => {
                const best = bestPlace(
                  name,
                  runs.map((run) => run.metrics[name] ?? null),
                );
                return (
                  <tr key={name}>
                    <td className="muted">{metricName(name)}</td>
                    {runs.map((run, at) => (
                      <td key={run.id} className={table.end}>
                        {at === best ? (
                          <b style={{ color: "var(--accent)" }}>
                            {showMetric(name, run.metrics[name])}
                            <span className="sr-only"> best</span>
                          </b>
                        ) : (
                          showMetric(name, run.metrics[name])
                        )}
                      </td>
                    ))}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </Panel>
    </div>
  );
}

const labelOf = (run: ComparedRun) =>
  run.instrument ? `${run.name}, ${run.instrument} ${run.timeframe ?? ""}` : run.name;

// The reading parts of a report: all figures, assumptions, refused entries, notes.
import { count, percent } from "../lib/format";
import { parametersText } from "../lib/parameters";
import type { Metrics, Report } from "../lib/resources/runs";
import { Stat, Stats } from "./page";
import { headline, metricName, metricSign, showMetric } from "../lib/metrics";
import styles from "./report.module.css";

export function Headline({ metrics, beside }: { metrics: Metrics; beside?: Metrics }) {
  return (
    <Stats>
      {headline.map((name) => (
        <Stat
          key={name}
          label={metricName(name)}
          value={showMetric(name, metrics[name])}
          sign={metricSign(name, metrics[name])}
          hint={
            beside && name in beside ? `Buy and hold ${showMetric(name, beside[name])}` : undefined
          }
        />
      ))}
    </Stats>
  );
}

export function AllFigures({ metrics }: { metrics: Metrics }) {
  return (
    <dl className={styles.pairs}>
      {Object.entries(metrics)
        .filter(([name]) => !headline.includes(name))
        .map(([name, value]) => (
          <div key={name}>
            <dt>{metricName(name)}</dt>
            <dd>{showMetric(name, value)}</dd>
          </div>
        ))}
    </dl>
  );
}

export function Facts({ facts }: { facts: [string, string][] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([label, text]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Assumptions({ report }: { report: Report }) {
  const parameters = parametersText(report.strategy.parameters);
  return <Facts facts={[...report.assumptions_text, ["Parameters", parameters]]} />;
}

export function Refused({ report }: { report: Report }) {
  const total = report.vetoes.reduce((sum, veto) => sum + veto.count, 0);
  return (
    <ul className={styles.bars}>
      {report.vetoes.map((veto) => (
        <li key={veto.reason}>
          <span>{veto.text}</span>
          <b>{count(veto.count)}</b>
          <i style={{ width: percent(veto.count / total, 0) }} />
        </li>
      ))}
    </ul>
  );
}

// The parts of the platform and how each is.
import { useQuery } from "@tanstack/react-query";
import { words } from "../../lib/format";
import { healthQuery } from "../../lib/resources/operations";
import { Panel } from "../../ui/page";
import { Answer } from "../../ui/states";
import styles from "../../ui/fields.module.css";

export function HealthPanel() {
  const query = useQuery(healthQuery);
  return (
    <Answer query={query}>
      {(health) => (
        <div className={styles.sides}>
          {Object.entries(health).map(([part, value]) => (
            <Panel key={part} title={words(part)}>
              <Facts value={value} />
            </Panel>
          ))}
        </div>
      )}
    </Answer>
  );
}

function Facts({ value }: { value: unknown }) {
  if (typeof value !== "object" || value === null) return <span>{String(value ?? "–")}</span>;
  if (Array.isArray(value)) {
    return (
      <ul style={{ margin: 0, paddingLeft: 16 }}>
        {value.map((entry, index) => (
          <li key={index}>
            <Facts value={entry} />
          </li>
        ))}
      </ul>
    );
  }
  return (
    <dl
      style={{
        margin: 0,
        display: "grid",
        gridTemplateColumns: "minmax(110px, auto) 1fr",
        gap: "3px 14px",
      }}
    >
      {Object.entries(value).map(([name, part]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt className="muted">{words(name)}</dt>
          <dd style={{ margin: 0, overflowWrap: "anywhere" }}>
            <Facts value={part} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

// What could not be tried, by kind, with what the user can do about each.
import { many, words } from "../../lib/format";
import type { Findings } from "../../lib/resources/autobuilds";
import { Panel } from "../../ui/page";
import { Empty } from "../../ui/states";
import { Tag } from "../../ui/value";
import styles from "./progress.module.css";

const shown = 30;

export function Failures({ groups }: { groups: Findings["failures"] }) {
  if (groups.length === 0) {
    return (
      <Panel>
        <Empty title="Nothing failed">Every instrument of the universe was tried.</Empty>
      </Panel>
    );
  }
  return (
    <Panel title="What could not be tried" flush>
      {groups.map((group) => (
        <section key={group.error_kind} className={styles.failure}>
          <strong>
            {words(group.error_kind)}, {many(group.count, "instrument")}
          </strong>
          <p>{group.message}</p>
          <p className={styles.act}>{group.action}</p>
          <div className={styles.tags}>
            {group.instruments.slice(0, shown).map((instrument) => (
              <Tag key={instrument}>{instrument}</Tag>
            ))}
            {group.instruments.length > shown ? (
              <span className="muted">and {group.instruments.length - shown} more</span>
            ) : null}
          </div>
        </section>
      ))}
    </Panel>
  );
}

// The report of one import: what was read, what was found, and which lines were kept aside.
import { Button, Group, Stack } from "@mantine/core";
import { count, many, words } from "../../lib/format";
import type { Import, ImportReport } from "../../lib/resources/data";
import { Icon } from "../../ui/icon";
import { Tag } from "../../ui/value";
import styles from "./data.module.css";

interface ImportFindingsProps {
  done: Import;
  onAgain: () => void;
  onClose: () => void;
}

export function ImportFindings({ done, onAgain, onClose }: ImportFindingsProps) {
  const { report } = done;
  return (
    <Stack gap="sm">
      <span>
        <strong>{done.file_name}</strong> is in {done.instrument} {done.timeframe}{" "}
        <Tag>{done.scope === "shared" ? "Shared" : "Yours"}</Tag>
      </span>
      <Figures
        figures={{
          "Rows read": report.rows,
          Added: report.added,
          Replaced: report.replaced,
          "There already": report.unchanged,
          "Kept aside": report.rejected,
          Duplicates: report.duplicates,
          "Contradict the lake": report.conflicts,
          "Out of order": report.unsorted,
        }}
      />
      <Reasons report={report} />
      {report.notes.map((note) => (
        <p key={note} className={styles.note}>
          {note}
        </p>
      ))}
      {report.samples.length > 0 ? (
        <div>
          <div className="muted">First lines kept aside</div>
          <pre className={styles.lines} tabIndex={0}>
            {report.samples.map(lineOf).join("\n")}
          </pre>
        </div>
      ) : null}
      <span className="muted">{seriesNow(report)}</span>
      <Group justify="flex-end">
        <Button variant="default" onClick={onAgain}>
          Import another
        </Button>
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}

function seriesNow({ quality }: ImportReport): string {
  const gaps = `${many(quality.gaps, "gap")} with ${many(quality.missing_bars, "missing bar")}`;
  return `The series has ${many(quality.bars, "bar")} now, ${gaps}.`;
}

function Figures({ figures }: { figures: Record<string, number> }) {
  return (
    <dl className={styles.findings}>
      {Object.entries(figures).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className={value === 0 ? "muted" : undefined}>{count(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Reasons({ report }: { report: ImportReport }) {
  const reasons = Object.entries(report.reasons).filter(([, many]) => many > 0);
  if (reasons.length === 0) return null;
  return (
    <div className={styles.reasons}>
      <Icon name="warning" size={14} />
      {reasons.map(([reason, many]) => `${words(reason).toLowerCase()} ${count(many)}`).join(", ")}
    </div>
  );
}

function lineOf(row: ImportReport["samples"][number]): string {
  const detail = row.detail ? ` (${row.detail})` : "";
  return `line ${row.line}: ${words(row.reason).toLowerCase()}${detail}: ${row.fields.join(",")}`;
}

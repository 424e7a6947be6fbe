// The report of one import: what was read, what was found, and which lines were kept aside.
import { Button, Group, Stack } from "@mantine/core";
import { count, words } from "../../lib/format";
import type { ImportReport } from "../../lib/resources/data";
import styles from "./data.module.css";

interface RejectedRow {
  line?: number;
  reason?: string;
  [field: string]: unknown;
}

export function ImportFindings({
  report,
  onAgain,
  onClose,
}: {
  report: ImportReport;
  onAgain: () => void;
  onClose: () => void;
}) {
  const figures = Object.entries(report).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number",
  );
  const texts = Object.entries(report).filter(
    ([name, value]) => Array.isArray(value) && !/reject|aside/.test(name),
  );
  const rejected = Object.entries(report).find(
    ([name, value]) => Array.isArray(value) && /reject|aside/.test(name),
  );
  const rows = (rejected?.[1] ?? []) as RejectedRow[];
  return (
    <Stack gap="sm">
      <strong>
        {report.instrument} {report.timeframe} is imported
      </strong>
      <dl className={styles.findings}>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{words(name)}</dt>
            <dd>{count(value)}</dd>
          </div>
        ))}
      </dl>
      {texts.map(([name, value]) => (
        <Lines key={name} title={words(name)} lines={(value as unknown[]).map(lineOf)} />
      ))}
      {rows.length > 0 ? <Lines title="Lines kept aside" lines={rows.map(lineOf)} /> : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={onAgain}>
          Import another
        </Button>
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}

function Lines({ title, lines }: { title: string; lines: string[] }) {
  if (lines.length === 0) return null;
  return (
    <div>
      <div className="muted">{title}</div>
      <pre className={styles.lines} tabIndex={0}>
        {lines.slice(0, 200).join("\n")}
      </pre>
    </div>
  );
}

function lineOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const row = value as RejectedRow;
  const where = row.line === undefined ? "" : `line ${row.line}: `;
  const rest = Object.entries(row).filter(([name]) => name !== "line");
  return (
    where +
    rest
      .map(([name, part]) => (name === "reason" ? String(part) : `${name} ${String(part)}`))
      .join(", ")
  );
}

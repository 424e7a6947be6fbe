// Dense tables that sort, scroll by windows of rows, and become compact rows on small screens.
import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useMemo, useRef, useState } from "react";
import styles from "./table.module.css";

export interface Column<T> {
  key: string;
  title: string;
  cell: (row: T) => ReactNode;
  /** Numbers stand at the end of their column. */
  end?: boolean;
  /** Given: the column can be sorted by this value. */
  by?: (row: T) => number | string;
  /** Where the cell stands in a compact row; left out means hidden there. */
  compact?: "title" | "value" | "detail";
  /** True: this row says nothing here, so a compact row leaves it out. */
  silent?: (row: T) => boolean;
  wrap?: boolean;
}

interface DataTableProps<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T, index: number) => string;
  onRow?: (row: T) => void;
  /** Given: the table scrolls inside this height and draws only the rows in sight. */
  maxHeight?: number;
}

interface Sorting {
  key: string;
  down: boolean;
}

const rowHeight = { wide: 31, narrow: 56 };

export function DataTable<T>({
  label,
  columns,
  rows,
  rowKey,
  onRow,
  maxHeight,
}: DataTableProps<T>) {
  const narrow =
    useMediaQuery("(max-width: 620px)", false, { getInitialValueInEffect: false }) ?? false;
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const sorted = useMemo(() => sortRows(rows, columns, sorting), [rows, columns, sorting]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? rowHeight.narrow : rowHeight.wide),
    overscan: 12,
    enabled: maxHeight !== undefined,
  });
  const seen = virtual.getVirtualItems();
  const first = maxHeight === undefined ? 0 : (seen[0]?.index ?? 0);
  const last = maxHeight === undefined ? sorted.length : (seen.at(-1)?.index ?? -1) + 1;
  const before = seen[0]?.start ?? 0;
  const after = maxHeight === undefined ? 0 : virtual.getTotalSize() - (seen.at(-1)?.end ?? 0);
  const window = sorted.slice(first, last);
  const body = { columns, rows: window, offset: first, before, after, rowKey, onRow };
  const toggle = (key: string) =>
    setSorting((now) =>
      now?.key !== key ? { key, down: true } : now.down ? { key, down: false } : null,
    );
  return (
    <div
      ref={scroller}
      className={styles.scroll}
      style={{ maxHeight }}
      role="region"
      aria-label={label}
      tabIndex={0}
    >
      {narrow ? (
        <CompactRows {...body} />
      ) : (
        <table className={styles.table} aria-rowcount={sorted.length}>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading key={column.key} column={column} sorting={sorting} toggle={toggle} />
              ))}
            </tr>
          </thead>
          <WideRows {...body} />
        </table>
      )}
    </div>
  );
}

interface RowsProps<T> {
  columns: Column<T>[];
  rows: T[];
  offset: number;
  before: number;
  after: number;
  rowKey: (row: T, index: number) => string;
  onRow?: (row: T) => void;
}

function Heading<T>({
  column,
  sorting,
  toggle,
}: {
  column: Column<T>;
  sorting: Sorting | null;
  toggle: (key: string) => void;
}) {
  const active = sorting?.key === column.key;
  const direction = active ? (sorting.down ? "descending" : "ascending") : undefined;
  const mark = active ? (sorting.down ? " ↓" : " ↑") : "";
  return (
    <th className={column.end ? styles.end : undefined} aria-sort={direction} scope="col">
      {column.by ? (
        <button
          type="button"
          className={`${styles.sort} ${active ? styles.sorted : ""}`}
          onClick={() => toggle(column.key)}
        >
          {column.title}
          {mark}
        </button>
      ) : (
        column.title || <span className="sr-only">Acts</span>
      )}
    </th>
  );
}

function WideRows<T>({ columns, rows, offset, before, after, rowKey, onRow }: RowsProps<T>) {
  return (
    <tbody>
      {before > 0 ? <Spacer height={before} span={columns.length} /> : null}
      {rows.map((row, index) => (
        <tr
          key={rowKey(row, offset + index)}
          className={onRow ? styles.clickable : undefined}
          onClick={onRow ? () => onRow(row) : undefined}
        >
          {columns.map((column) => (
            <td
              key={column.key}
              className={`${column.end ? styles.end : ""} ${column.wrap ? styles.wrap : ""}`}
            >
              {column.cell(row)}
            </td>
          ))}
        </tr>
      ))}
      {after > 0 ? <Spacer height={after} span={columns.length} /> : null}
    </tbody>
  );
}

function Spacer({ height, span }: { height: number; span: number }) {
  return (
    <tr className={styles.spacer} aria-hidden="true">
      <td colSpan={span} style={{ height }} />
    </tr>
  );
}

function CompactRows<T>({ columns, rows, offset, before, after, rowKey, onRow }: RowsProps<T>) {
  const title = columns.filter((column) => column.compact === "title");
  const value = columns.filter((column) => column.compact === "value");
  const details = columns.filter((column) => column.compact === "detail");
  return (
    <ul className={styles.list} style={{ paddingTop: before, paddingBottom: after }}>
      {rows.map((row, index) => (
        <li key={rowKey(row, offset + index)} onClick={onRow ? () => onRow(row) : undefined}>
          <div className={styles.line}>
            <span>
              {title.map((column) => (
                <span key={column.key}>{column.cell(row)} </span>
              ))}
            </span>
            <span>
              {value.map((column) => (
                <span key={column.key}> {column.cell(row)}</span>
              ))}
            </span>
          </div>
          {details.length > 0 ? (
            <div className={styles.details}>
              {details
                .filter((column) => !column.silent?.(row))
                .map((column) => (
                  <span key={column.key}>
                    {column.title} <span>{column.cell(row)}</span>
                  </span>
                ))}
            </div>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function sortRows<T>(rows: T[], columns: Column<T>[], sorting: Sorting | null): T[] {
  const by = columns.find((column) => column.key === sorting?.key)?.by;
  if (!by || !sorting) return rows;
  const direction = sorting.down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const left = by(a);
    const right = by(b);
    if (typeof left === "number" && typeof right === "number") return (left - right) * direction;
    return String(left).localeCompare(String(right)) * direction;
  });
}

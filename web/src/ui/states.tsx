// What a page shows when there is nothing, when it waits, and when something went wrong.
import { Button, Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import { asProblem } from "../lib/problem";
import { Icon } from "./icon";
import styles from "./page.module.css";

export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={styles.message}>
      <strong>{title}</strong>
      {children ? <p>{children}</p> : null}
      {action}
    </div>
  );
}

export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <div style={{ padding: 12 }} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={14} mb={10} width={`${92 - ((row * 17) % 40)}%`} radius={2} />
      ))}
    </div>
  );
}

interface FaultProps {
  error: unknown;
  retry?: () => void;
  reload?: () => void;
}

/** A problem in its own words, faults by path, what to do; a stale page offers to reload. */
export function Fault({ error, retry, reload }: FaultProps) {
  if (!error) return null;
  const problem = asProblem(error);
  return (
    <div className={styles.problem} role="alert">
      <span className={styles.problemIcon}>
        <Icon name="warning" />
      </span>
      <div className={styles.problemText}>
        <strong>{problem.message}</strong>
        {problem.compared ? <div>{problem.compared}</div> : null}
        {problem.faults.length > 0 ? (
          <ul>
            {problem.faults.map((fault) => (
              <li key={`${fault.path} ${fault.message}`}>
                {fault.path ? <span className="mono">{fault.path}</span> : null} {fault.message}
              </li>
            ))}
          </ul>
        ) : null}
        {problem.action ? <div className="muted">{problem.action}</div> : null}
      </div>
      {problem.stale && reload ? <Button onClick={reload}>Reload</Button> : null}
      {!problem.stale && retry ? (
        <Button variant="default" onClick={retry}>
          Try again
        </Button>
      ) : null}
    </div>
  );
}

interface AnswerProps<T> {
  query: { data: T | undefined; error: unknown; isPending: boolean; refetch: () => unknown };
  rows?: number;
  children: (data: T) => ReactNode;
}

/** One query's three states; old data stays on the page when a later read fails. */
export function Answer<T>({ query, rows, children }: AnswerProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) {
    return (
      <div style={{ padding: 12 }}>
        <Fault error={query.error} retry={() => void query.refetch()} />
      </div>
    );
  }
  return <Loading rows={rows} />;
}

// The frame every page shares: a title with actions, and panels with hairline borders.
import type { ReactNode } from "react";
import { useEffect } from "react";
import styles from "./page.module.css";

interface PageProps {
  title: string;
  subtitle?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, subtitle, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Fairlead`;
  }, [title]);
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <div className={styles.titles}>
          <h1>{title}</h1>
          {subtitle ? <p>{subtitle}</p> : null}
        </div>
        {actions ? <div className={styles.actions}>{actions}</div> : null}
      </div>
      {children}
    </div>
  );
}

interface PanelProps {
  title?: ReactNode;
  actions?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}

export function Panel({ title, actions, flush = false, children }: PanelProps) {
  return (
    <section className={styles.panel}>
      {title ? (
        <div className={styles.panelHead}>
          <h2>{title}</h2>
          {actions}
        </div>
      ) : null}
      <div className={flush ? styles.flush : styles.panelBody}>{children}</div>
    </section>
  );
}

export function Stats({ children }: { children: ReactNode }) {
  return (
    <dl className={styles.stats} style={{ margin: 0 }}>
      {children}
    </dl>
  );
}

interface StatProps {
  label: string;
  value: ReactNode;
  hint?: ReactNode;
  sign?: -1 | 0 | 1;
}

export function Stat({ label, value, hint, sign = 0 }: StatProps) {
  const tone = sign > 0 ? "up" : sign < 0 ? "down" : "";
  return (
    <div className={styles.stat}>
      <dt className={styles.statLabel}>{label}</dt>
      <dd style={{ margin: 0 }}>
        <div className={`${styles.statValue} ${tone}`}>{value}</div>
        {hint ? <div className={styles.statHint}>{hint}</div> : null}
      </dd>
    </div>
  );
}

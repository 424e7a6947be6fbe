// What must always be in sight: paper or real money, halted or not, fresh or stale.
import { Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEvents } from "../lib/events";
import { dateTime } from "../lib/format";
import { dashboardQuery } from "../lib/resources/dashboard";
import { Icon } from "../ui/icon";
import styles from "./shell.module.css";

export function ModeBadge() {
  return (
    <Tooltip label="Every session trades on the paper venue; no real money moves">
      <span className={`${styles.badge} ${styles.paper}`}>PAPER</span>
    </Tooltip>
  );
}

export function HaltBadge() {
  const { data } = useQuery(dashboardQuery);
  if (!data) return null;
  if (!data.halted) {
    return (
      <span className={styles.badge} title="No kill switch is on">
        <span className={`${styles.dot} ${styles.dotOn}`} />
        <span>
          <span className={styles.wide}>Trading&nbsp;</span>on
        </span>
      </span>
    );
  }
  return (
    <span role="status">
      <Link to="/sessions" className={`${styles.badge} ${styles.alarm}`}>
        <Icon name="stop" size={12} /> HALTED
      </Link>
    </span>
  );
}

export function LinkBadge() {
  const { link } = useEvents();
  const { data, error } = useQuery(dashboardQuery);
  const lastBar = data?.feed.last_bar_at ?? null;
  if (error)
    return (
      <Freshness
        text="Offline"
        why="The server does not answer; figures are from the last read"
        alarm
      />
    );
  if (data && lastBar && !data.feed.fresh) {
    const since = `Last bar closed at ${dateTime(lastBar)} UTC`;
    return <Freshness text="Stale data" why={since} alarm />;
  }
  if (link === "polling")
    return <Freshness text="Every 5 s" why="No live events; pages are read again every 5 s" />;
  if (link === "connecting")
    return <Freshness text="Connecting" why="Opening the stream of live events" />;
  const why = lastBar
    ? `Last bar closed at ${dateTime(lastBar)} UTC`
    : "Events arrive as they happen";
  return <Freshness text="Live" why={why} on />;
}

interface FreshnessProps {
  text: string;
  why: string;
  alarm?: boolean;
  on?: boolean;
}

function Freshness({ text, why, alarm = false, on = false }: FreshnessProps) {
  return (
    <Tooltip label={why}>
      <span className={`${styles.badge} ${alarm ? styles.alarm : ""}`} role="status">
        <span className={`${styles.dot} ${on ? styles.dotOn : ""}`} />
        {text}
      </span>
    </Tooltip>
  );
}

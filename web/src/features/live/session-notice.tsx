// What one must know first about a session: not begun, failed, halted.
import type { Subscription } from "../../lib/resources/subscriptions";
import { Icon } from "../../ui/icon";
import page from "../../ui/page.module.css";

export function SessionNotice({ session }: { session: Subscription }) {
  const notice = noticeOf(session);
  if (!notice) return null;
  return (
    <div className={page.problem} role="status">
      <span className={page.problemIcon}>
        <Icon name={notice.waits ? "clock" : "warning"} />
      </span>
      <div className={page.problemText}>
        <strong>{notice.title}</strong>
        <div>{notice.text}</div>
      </div>
    </div>
  );
}

interface Notice {
  title: string;
  text: string;
  waits: boolean;
}

function noticeOf(session: Subscription): Notice | null {
  if (session.fault) {
    const title = "The session stopped because of an error of its own";
    return { title, text: session.fault, waits: false };
  }
  if (session.status === "cancelled") return null;
  if (!session.started) {
    const text = "It trades from the first candle that closes after that, usually within a second.";
    return { title: "Waiting for the engine to give it a place", text, waits: true };
  }
  if (session.halted) {
    const text = "A kill switch or the daily loss limit stands. Exits and stops go on working.";
    return { title: "No new entries", text, waits: false };
  }
  return null;
}

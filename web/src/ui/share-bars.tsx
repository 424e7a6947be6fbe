// Parts of a whole as bars from a common zero: weights, contributions; signed ones to both sides.
import type { ReactNode } from "react";
import styles from "./share-bars.module.css";

export interface Share {
  key: string;
  label: ReactNode;
  value: number;
  text: string;
}

export function ShareBars({
  label,
  shares,
  signed = false,
}: {
  label: string;
  shares: Share[];
  signed?: boolean;
}) {
  const largest = Math.max(1e-12, ...shares.map((share) => Math.abs(share.value)));
  const below = signed && shares.some((share) => share.value < 0);
  return (
    <ul className={styles.bars} aria-label={label}>
      {shares.map((share) => {
        const width = (Math.abs(share.value) / largest) * (below ? 50 : 100);
        const left = !below ? 0 : share.value < 0 ? 50 - width : 50;
        const tone = !signed ? styles.plain : share.value < 0 ? styles.down : styles.up;
        return (
          <li key={share.key}>
            <span>{share.label}</span>
            <b className={!signed ? "" : share.value < 0 ? "down" : "up"}>{share.text}</b>
            <i aria-hidden="true">
              <s className={tone} style={{ left: `${left}%`, width: `${width}%` }} />
            </i>
          </li>
        );
      })}
    </ul>
  );
}

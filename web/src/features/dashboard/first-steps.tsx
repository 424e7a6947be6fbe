// What somebody with an empty account does first.
import { Link } from "@tanstack/react-router";
import { Icon } from "../../ui/icon";
import styles from "./dashboard.module.css";

const steps = [
  {
    to: "/data",
    icon: "data",
    title: "Bring candles",
    text: "Import a CSV, Parquet or Feather file, or use the shared series.",
  },
  {
    to: "/strategies/new",
    icon: "strategies",
    title: "Start from a template",
    text: "Seven strategies, as a form and as JSON.",
  },
  {
    to: "/backtests/new",
    icon: "research",
    title: "See whether it holds",
    text: "Backtest, sweep, walk-forward; the same kernel trades.",
  },
  {
    to: "/catalog",
    icon: "catalog",
    title: "Follow one on paper",
    text: "Your capital, your risk, your limits.",
  },
] as const;

export function FirstSteps() {
  return (
    <nav className={styles.steps} aria-label="First steps">
      {steps.map((step, index) => (
        <Link key={step.to} to={step.to}>
          <Icon name={step.icon} size={18} />
          <span>
            <b>
              {index + 1}. {step.title}
            </b>
            {step.text}
          </span>
        </Link>
      ))}
    </nav>
  );
}

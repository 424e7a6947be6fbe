// Bounds of a portfolio: how it is put together, and the shared account while it trades.
import { NumberInput } from "@mantine/core";
import type { Portfolio } from "../../lib/resources/portfolios";
import styles from "../../ui/fields.module.css";

export type Caps = Portfolio["caps"];

interface CapFieldsProps {
  caps: Caps;
  onChange: (caps: Caps) => void;
}

const fields = [
  { name: "max_weight", label: "Largest weight", hint: "1 is no cap", step: 0.05 },
  { name: "max_correlation", label: "Largest correlation", hint: "1 is no cap", step: 0.05 },
  { name: "max_positions", label: "Max positions", hint: "Empty: as the legs say", step: 1 },
  { name: "max_exposure", label: "Max exposure", hint: "Multiple of equity; or empty", step: 0.5 },
  { name: "max_daily_loss", label: "Max daily loss", hint: "Fraction; or empty", step: 0.01 },
] as const;

export function CapFields({ caps, onChange }: CapFieldsProps) {
  return (
    <div className={styles.grid}>
      {fields.map(({ name, label, hint, step }) => (
        <NumberInput
          key={name}
          size="xs"
          label={label}
          description={hint}
          step={step}
          min={0}
          value={caps[name] ?? ""}
          onChange={(value) =>
            onChange({ ...caps, [name]: value === "" ? emptyOf(name) : Number(value) })
          }
        />
      ))}
    </div>
  );
}

const emptyOf = (name: keyof Caps) =>
  name === "max_weight" || name === "max_correlation" ? 1 : null;

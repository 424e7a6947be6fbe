// The evidence thresholds: each gate with its switch and its figure.
import { NumberInput, Switch } from "@mantine/core";
import type { Definition } from "../../lib/definition";
import type { FieldSchema } from "../../lib/resources/autobuilds";
import styles from "./autobuild.module.css";

interface GateFieldsProps {
  schema: FieldSchema;
  value: Definition;
  fault: (path: string) => string | undefined;
  onChange: (path: string[], value: number | string | boolean) => void;
}

export function GateFields({ schema, value, fault, onChange }: GateFieldsProps) {
  return (
    <ul className={styles.gates} aria-label="Gates">
      {Object.entries(schema.properties ?? {}).map(([name, gate]) => {
        const now = (value[name] ?? {}) as Definition;
        const threshold = gate.properties?.threshold;
        const title = (gate.title ?? name).replace("sharpe", "Sharpe").replace("Pbo", "PBO");
        return (
          <li key={name}>
            <Switch
              label={title}
              checked={now.enabled === true}
              onChange={(event) => onChange([name, "enabled"], event.currentTarget.checked)}
            />
            <NumberInput
              aria-label={`${title}, threshold`}
              size="xs"
              disabled={now.enabled !== true}
              value={
                typeof now.threshold === "number" ? now.threshold : String(now.threshold ?? "")
              }
              step={(threshold?.maximum ?? 2) <= 1 ? 0.05 : 1}
              clampBehavior="none"
              error={fault(`/evidence/${name}`)}
              onChange={(next) => onChange([name, "threshold"], next)}
            />
            <span className="muted">{threshold?.description}</span>
          </li>
        );
      })}
    </ul>
  );
}

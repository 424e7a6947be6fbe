// Builds a condition: comparisons, slopes, and groups of them, to any depth.
import { ActionIcon, Autocomplete, Button, Group, SegmentedControl, Select } from "@mantine/core";
import { type Json, asObject, type Path } from "../../lib/definition";
import { Icon } from "../../ui/icon";
import {
  formOf,
  freshComparison,
  freshGroup,
  isSlope,
  operators,
  partsOf,
  rejoined,
  withOperator,
} from "./conditions";
import { scalarOf } from "./document";
import { useEditing } from "./editing";
import styles from "./strategies.module.css";

export function ConditionField({ title, path }: { title: string; path: Path }) {
  const { at, set, fault } = useEditing();
  const condition = at(path);
  const absent = condition === undefined || condition === null;
  const alone = !absent && !["all", "any"].includes(formOf(condition));
  return (
    <div className={styles.condition}>
      <div className={styles.conditionHead}>
        <b>{title}</b>
        {absent ? (
          <Button variant="subtle" size="compact-xs" onClick={() => set(path, freshGroup())}>
            Add a condition
          </Button>
        ) : (
          <span>
            {alone ? (
              <Button
                variant="subtle"
                size="compact-xs"
                onClick={() => set(path, { all: [condition, freshComparison()] })}
              >
                Add another
              </Button>
            ) : null}
            <Button variant="subtle" size="compact-xs" onClick={() => set(path, undefined)}>
              Remove
            </Button>
          </span>
        )}
      </div>
      {absent ? (
        <span className="muted">Never</span>
      ) : (
        <ConditionNode path={path} condition={condition} />
      )}
      <FaultText text={fault(path)} />
    </div>
  );
}

interface NodeProps {
  path: Path;
  condition: Json;
  onRemove?: () => void;
}

function ConditionNode({ path, condition, onRemove }: NodeProps) {
  const { set } = useEditing();
  const form = formOf(condition);
  if (form === "compare" || form === "slope")
    return <Comparison path={path} condition={condition} onRemove={onRemove} />;
  if (form === "not") {
    return (
      <div className={styles.group}>
        <Group gap="xs">
          <span className="muted">Not</span>
          <Button
            variant="subtle"
            size="compact-xs"
            onClick={() => set(path, asObject(condition).not)}
          >
            Drop the not
          </Button>
          {onRemove ? <Remove onRemove={onRemove} /> : null}
        </Group>
        <ConditionNode
          path={[...path, "not"]}
          condition={asObject(condition).not ?? freshComparison()}
        />
      </div>
    );
  }
  return <ConditionGroup path={path} condition={condition} form={form} onRemove={onRemove} />;
}

function ConditionGroup({ path, condition, form, onRemove }: NodeProps & { form: "all" | "any" }) {
  const { set } = useEditing();
  const parts = partsOf(condition);
  const put = (next: Json[]) => set(path, { [form]: next });
  return (
    <div className={styles.group}>
      <Group gap="xs">
        <SegmentedControl
          aria-label="How the parts are joined"
          data={[
            { value: "all", label: "All of" },
            { value: "any", label: "Any of" },
          ]}
          value={form}
          onChange={(join) => set(path, rejoined(condition, join as "all" | "any"))}
        />
        {onRemove ? <Remove onRemove={onRemove} /> : null}
      </Group>
      {parts.map((part, index) => (
        <ConditionNode
          key={index}
          path={[...path, form, index]}
          condition={part}
          onRemove={parts.length > 1 ? () => put(parts.filter((_, at) => at !== index)) : undefined}
        />
      ))}
      <Group gap="xs">
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() => put([...parts, freshComparison()])}
        >
          Add a comparison
        </Button>
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() => put([...parts, { any: [freshComparison()] }])}
        >
          Add a group
        </Button>
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() => put([...parts, { not: freshComparison() }])}
        >
          Add a not
        </Button>
      </Group>
    </div>
  );
}

function Comparison({ path, condition, onRemove }: NodeProps) {
  const { set, fault, series, parameters } = useEditing();
  const known = asObject(condition);
  const operator = String(known.op ?? "gt");
  const slope = isSlope(operator);
  const faults = [
    fault(path),
    fault([...path, "left"]),
    fault([...path, "right"]),
    fault([...path, "bars"]),
    fault([...path, "within"]),
  ];
  return (
    <div>
      <div className={styles.comparison}>
        <Autocomplete
          aria-label="Left side"
          data={series}
          value={String(known.left ?? "")}
          onChange={(text) => set([...path, "left"], text)}
        />
        <Select
          aria-label="Comparison"
          data={operators}
          value={operator}
          onChange={(next) => set(path, withOperator(known, next ?? operator))}
        />
        {slope ? (
          <Autocomplete
            aria-label="Bars"
            data={parameters}
            value={String(known.bars ?? 1)}
            onChange={(text) => set([...path, "bars"], scalarOf(text))}
          />
        ) : (
          <Autocomplete
            aria-label="Right side"
            data={[...series, ...parameters]}
            value={String(known.right ?? "")}
            onChange={(text) => set([...path, "right"], scalarOf(text))}
          />
        )}
        {onRemove ? <Remove onRemove={onRemove} /> : <span />}
      </div>
      {slope ? null : <Within path={path} value={known.within} />}
      <FaultText text={faults.filter(Boolean).join("; ")} />
    </div>
  );
}

/** A comparison may also have held on one of the last bars. */
function Within({ path, value }: { path: Path; value: Json | undefined }) {
  const { set, parameters } = useEditing();
  const put = (next: Json | undefined) => set([...path, "within"], next);
  if (value === undefined || value === null || value === 1) {
    return (
      <Button variant="subtle" color="gray" size="compact-xs" onClick={() => put(3)}>
        on this bar
      </Button>
    );
  }
  return (
    <Group gap={6} mt={4}>
      <span className="muted">on any of the last</span>
      <Autocomplete
        aria-label="Within bars"
        size="xs"
        w={84}
        data={parameters}
        value={String(value)}
        onChange={(text) => put(scalarOf(text))}
      />
      <span className="muted">bars</span>
      <Remove onRemove={() => put(undefined)} />
    </Group>
  );
}

function Remove({ onRemove }: { onRemove: () => void }) {
  return (
    <ActionIcon aria-label="Remove this part" onClick={onRemove}>
      <Icon name="close" size={14} />
    </ActionIcon>
  );
}

export function FaultText({ text }: { text: string | undefined }) {
  if (!text) return null;
  return (
    <div className={styles.fault} role="alert">
      {text}
    </div>
  );
}

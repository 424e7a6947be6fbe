// Choosing runs from the lists to lay them side by side.
import { Button, Checkbox } from "@mantine/core";
import { many } from "../../lib/format";
import type { Run } from "../../lib/resources/runs";
import type { Column } from "../../ui/data-table";
import { LinkButton } from "../../ui/link-button";

const most = 5;

export function choiceColumn(chosen: string[], onChange: (ids: string[]) => void): Column<Run> {
  return {
    key: "choose",
    title: "Compare",
    cell: (run) => {
      const on = chosen.includes(run.id);
      return (
        <span
          style={{ display: "inline-flex", verticalAlign: "middle" }}
          onClick={(event) => event.stopPropagation()}
        >
          <Checkbox
            aria-label={`Compare ${run.strategy_name} on ${run.instrument}`}
            checked={on}
            disabled={run.status !== "done" || (!on && chosen.length >= most)}
            onChange={() =>
              onChange(on ? chosen.filter((id) => id !== run.id) : [...chosen, run.id])
            }
          />
        </span>
      );
    },
    compact: "value",
  };
}

export function CompareBar({ chosen, onClear }: { chosen: string[]; onClear: () => void }) {
  if (chosen.length === 0) return null;
  return (
    <>
      {chosen.length > 1 ? (
        <LinkButton to="/compare" search={{ ids: chosen.join(",") }}>
          Compare {many(chosen.length, "run")}
        </LinkButton>
      ) : (
        <span className="muted">Choose one more to compare; at most {most}</span>
      )}
      <Button variant="subtle" onClick={onClear}>
        Clear
      </Button>
    </>
  );
}

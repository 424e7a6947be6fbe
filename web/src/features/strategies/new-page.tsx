// A new strategy: pick a template, change it, save its first version.
import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Definition } from "../../lib/definition";
import { queryClient } from "../../lib/queries";
import { createStrategy, type Template, templatesQuery } from "../../lib/resources/strategies";
import { LeaveGuard, useLeaving } from "../../ui/leave-guard";
import { Page } from "../../ui/page";
import { Answer, Fault } from "../../ui/states";
import fields from "../../ui/fields.module.css";
import { DefinitionEditor } from "./definition-editor";
import styles from "./strategies.module.css";
import { useEditor } from "./use-editor";

const blank: Definition = {
  kind: "rules",
  name: "My strategy",
  indicators: { average: { kind: "sma", parameters: { window: 50 } } },
  entry_long: { all: [{ left: "close", op: "crosses_above", right: "average" }] },
  exit_long: { all: [{ left: "close", op: "crosses_below", right: "average" }] },
  limits: { allow_short: false },
};

export default function NewStrategyPage() {
  const templates = useQuery(templatesQuery);
  const [start, setStart] = useState<Definition | null>(null);
  if (start) return <Draft start={start} onBack={() => setStart(null)} />;
  return (
    <Page
      title="New strategy"
      subtitle="Start from one that works and change what you like; no code is needed."
    >
      <Answer query={templates}>
        {(known) => (
          <div className={styles.cards}>
            {known.map((template) => (
              <TemplateCard
                key={template.name}
                template={template}
                onChoose={() => setStart(template.definition)}
              />
            ))}
            <button type="button" className={styles.card} onClick={() => setStart(blank)}>
              <b>Blank</b>
              <p>One moving average and two conditions, to build upon.</p>
            </button>
          </div>
        )}
      </Answer>
    </Page>
  );
}

function TemplateCard({ template, onChoose }: { template: Template; onChoose: () => void }) {
  return (
    <button type="button" className={styles.card} onClick={onChoose}>
      <b>{template.title}</b>
      <p>{template.description}</p>
      <span className="muted mono">
        {template.parameters
          .map((parameter) => parameter.name)
          .slice(0, 5)
          .join(" ")}
      </span>
    </button>
  );
}

function Draft({ start, onBack }: { start: Definition; onBack: () => void }) {
  const navigate = useNavigate();
  const editor = useEditor(start);
  const leaving = useLeaving();
  const save = useMutation({
    mutationFn: () => createStrategy(editor.editing.definition),
    onSuccess: (strategy) => {
      leaving.current = true;
      void queryClient.invalidateQueries({ queryKey: ["strategies"] });
      void navigate({ to: "/strategies/$strategyId", params: { strategyId: strategy.id } });
    },
  });
  return (
    <Page
      title="New strategy"
      actions={
        <>
          <Button variant="default" onClick={onBack}>
            Other template
          </Button>
          <Button
            loading={save.isPending}
            disabled={editor.broken !== null || editor.validation?.valid !== true}
            onClick={() => save.mutate()}
          >
            Save strategy
          </Button>
        </>
      }
    >
      <div className={fields.stack}>
        <LeaveGuard unsaved={editor.changed} leaving={leaving} />
        <Fault error={save.error} />
        <DefinitionEditor editor={editor} />
      </div>
    </Page>
  );
}

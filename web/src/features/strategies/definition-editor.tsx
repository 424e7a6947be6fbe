// The two views of one document, with its faults above both.
import { SegmentedControl, TagsInput, Textarea, TextInput } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import type { Json } from "../../lib/definition";
import { Icon } from "../../ui/icon";
import { Panel } from "../../ui/page";
import { Fault, Loading } from "../../ui/states";
import fields from "../../ui/fields.module.css";
import page from "../../ui/page.module.css";
import { ConditionField } from "./condition-builder";
import { scalarOf } from "./document";
import { EditingContext, useEditing } from "./editing";
import { IndicatorsPanel } from "./indicators-panel";
import { ParametersPanel } from "./parameters-panel";
import { conditions, exits, filters, levels, sizing } from "./sections";
import type { Editor } from "./use-editor";
import { SectionFields } from "./value-field";

const JsonEditor = lazy(() => import("../../ui/json-editor"));

export function DefinitionEditor({ editor }: { editor: Editor }) {
  const [view, setView] = useState("form");
  return (
    <EditingContext value={editor.editing}>
      <div className={fields.stack}>
        <div style={{ display: "flex", gap: 12, alignItems: "center", flexWrap: "wrap" }}>
          <SegmentedControl
            aria-label="View of the definition"
            value={view}
            onChange={setView}
            data={[
              { value: "form", label: "Form" },
              { value: "json", label: "JSON" },
            ]}
          />
          <Verdict editor={editor} />
        </div>
        <Faults editor={editor} />
        {view === "form" ? (
          <FormView editor={editor} />
        ) : (
          <Panel flush>
            <Suspense fallback={<Loading rows={12} />}>
              <JsonEditor label="Definition as JSON" text={editor.text} onChange={editor.setText} />
            </Suspense>
          </Panel>
        )}
      </div>
    </EditingContext>
  );
}

function Verdict({ editor }: { editor: Editor }) {
  if (editor.broken)
    return <span role="status">Not JSON yet; the form shows the last version that was.</span>;
  if (editor.checking || !editor.validation)
    return (
      <span className="muted" role="status">
        Checking…
      </span>
    );
  if (editor.validation.valid) {
    return (
      <span role="status" style={{ display: "inline-flex", gap: 6, alignItems: "center" }}>
        <Icon name="check" size={14} /> Valid
      </span>
    );
  }
  const many = editor.validation.errors.length;
  return (
    <span role="status">{many === 1 ? "One place has" : `${many} places have`} to be mended</span>
  );
}

function Faults({ editor }: { editor: Editor }) {
  const errors = editor.validation?.errors ?? [];
  if (editor.checkError) return <Fault error={editor.checkError} />;
  if (editor.broken) return <div className={page.problem}>{editor.broken}</div>;
  if (errors.length === 0) return null;
  return (
    <div className={page.problem} role="alert">
      <ul style={{ margin: 0, paddingLeft: 16 }}>
        {errors.map((fault) => (
          <li key={`${fault.path} ${fault.message}`}>
            <span className="mono">{fault.path || "/"}</span> {fault.message}
          </li>
        ))}
      </ul>
    </div>
  );
}

function FormView({ editor }: { editor: Editor }) {
  return (
    <div className={fields.sides}>
      <div className={fields.stack}>
        <GeneralPanel />
        <ParametersPanel resolved={editor.validation?.parameters ?? []} />
        <IndicatorsPanel />
      </div>
      <div className={fields.stack}>
        <Panel title="Conditions">
          {conditions.map((condition) => (
            <ConditionField key={condition.title} title={condition.title} path={condition.path} />
          ))}
        </Panel>
        {[exits, levels, sizing, filters].map((section) => (
          <Panel key={section.title} title={section.title}>
            <SectionFields section={section} />
          </Panel>
        ))}
      </div>
    </div>
  );
}

function GeneralPanel() {
  const { at, set, fault } = useEditing();
  const text = (path: string[]) => String(at(path) ?? "");
  const list = (path: string[]) => {
    const value = at(path);
    return Array.isArray(value) ? value.map(String) : [];
  };
  const orNothing = (values: Json[]) => (values.length > 0 ? values : undefined);
  return (
    <Panel title="General">
      <div className={fields.form}>
        <TextInput
          label="Name"
          required
          value={text(["name"])}
          error={fault(["name"])}
          onChange={(event) => set(["name"], event.currentTarget.value)}
        />
        <Textarea
          label="Description"
          autosize
          minRows={2}
          value={text(["description"])}
          error={fault(["description"])}
          onChange={(event) => set(["description"], event.currentTarget.value || undefined)}
        />
        <div className={fields.grid}>
          <TextInput
            label="Timeframe"
            placeholder="1h"
            value={text(["execution", "timeframe"])}
            error={fault(["execution", "timeframe"])}
            onChange={(event) =>
              set(["execution", "timeframe"], event.currentTarget.value || undefined)
            }
          />
          <TextInput
            label="Look-back, bars"
            placeholder="as the indicators need"
            value={text(["execution", "lookback"])}
            error={fault(["execution", "lookback"])}
            onChange={(event) => {
              const typed = event.currentTarget.value.trim();
              set(["execution", "lookback"], typed === "" ? undefined : scalarOf(typed));
            }}
          />
        </div>
        <TagsInput
          label="Instruments it is meant for"
          placeholder="binance:BTC-USDT"
          value={list(["execution", "instruments"])}
          error={fault(["execution", "instruments"])}
          onChange={(values) => set(["execution", "instruments"], orNothing(values))}
        />
        <TagsInput
          label="Tags"
          placeholder="trend"
          value={list(["tags"])}
          error={fault(["tags"]) ?? fault(["tags", 0])}
          onChange={(values) => set(["tags"], orNothing(values))}
        />
      </div>
    </Panel>
  );
}

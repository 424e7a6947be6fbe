// A new AutoBuild: constraints step by step, what they would cost at the side, then the start.
import { Button, Group, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { asObject, type Definition, type Json, withValue } from "../../lib/definition";
import { asProblem } from "../../lib/problem";
import { queryClient } from "../../lib/queries";
import { remembered } from "../../lib/remembered";
import {
  type ConstraintsSchema,
  constraintsSchemaQuery,
  estimateQuery,
  startAutobuild,
} from "../../lib/resources/autobuilds";
import { Icon } from "../../ui/icon";
import { Page, Panel } from "../../ui/page";
import { Answer, Fault } from "../../ui/states";
import styles from "./autobuild.module.css";
import { defaultsOf, fieldAt, fieldsOf, stepOf, steps } from "./constraint-fields";
import { EstimatePanel } from "./estimate-panel";
import { StepFields } from "./step-fields";

const settleMs = 500;

export default function NewAutobuildPage() {
  const query = useQuery(constraintsSchemaQuery);
  return (
    <Page
      title="New AutoBuild"
      subtitle="From constraints to a portfolio of strategies that their own evidence holds up."
    >
      <Answer query={query} rows={12}>
        {(schema) => <Wizard schema={schema} />}
      </Answer>
    </Page>
  );
}

function Wizard({ schema }: { schema: ConstraintsSchema }) {
  const navigate = useNavigate();
  const { like } = useSearch({ strict: false });
  const [name, setName] = useState("AutoBuild");
  const [step, setStep] = useState(0);
  const [constraints, setConstraints] = useState<Definition>(() => startOf(schema, like));
  const fields = useMemo(() => fieldsOf(schema), [schema]);
  const [settled] = useDebouncedValue(constraints, settleMs);
  const estimate = useQuery(estimateQuery(settled));
  const start = useMutation({
    mutationFn: () => startAutobuild(name.trim() || "AutoBuild", constraints),
    onSuccess: (build) => {
      void queryClient.invalidateQueries({ queryKey: ["autobuilds"] });
      void navigate({ to: "/autobuilds/$autobuildId", params: { autobuildId: build.id } });
    },
  });
  const refusal = start.error ?? estimate.error;
  const problem = refusal ? asProblem(refusal) : null;
  const path = problem?.path ?? null;
  const wrong = path === null ? null : stepOf(path);
  const faultIn = (place: string) =>
    problem && path !== null && (path === place || path.startsWith(`${place}/`))
      ? [problem.message, problem.compared, problem.action].filter(Boolean).join(" ")
      : undefined;
  const set = (place: string, value: Json) => {
    start.reset();
    setConstraints((now) => withValue(now, place.split("/").slice(1), value) as Definition);
  };
  const shown = steps[step] ?? steps[0];
  const last = step === steps.length - 1;
  return (
    <div className={styles.wizard}>
      <div>
        <nav aria-label="Steps">
          <ol className={styles.rail}>
            {steps.map((each, place) => (
              <li key={each.key}>
                <button
                  type="button"
                  aria-current={place === step ? "step" : undefined}
                  onClick={() => setStep(place)}
                >
                  <b>
                    {place + 1}. {each.title}
                  </b>
                  {wrong === place ? (
                    <span className={styles.wrong}>
                      <Icon name="warning" size={13} />
                      <span className="sr-only">has a contradiction</span>
                    </span>
                  ) : null}
                </button>
              </li>
            ))}
          </ol>
        </nav>
        <Panel title={shown?.title}>
          <p className="muted" style={{ margin: "0 0 14px", maxWidth: "76ch" }}>
            {shown?.text}
          </p>
          <StepFields
            schema={schema}
            fields={fields}
            step={step}
            constraints={constraints}
            fault={faultIn}
            onChange={set}
          />
          <Group justify="space-between" mt="lg">
            <Button variant="default" disabled={step === 0} onClick={() => setStep(step - 1)}>
              Back
            </Button>
            {last ? null : <Button onClick={() => setStep(step + 1)}>Next</Button>}
          </Group>
        </Panel>
      </div>
      <div className={styles.sticky}>
        <EstimatePanel query={estimate} stale={settled !== constraints} />
        {problem && (path === null || !fieldAt(fields, path)) ? <Fault error={refusal} /> : null}
        {problem && wrong !== null && wrong !== step ? (
          <Button variant="default" onClick={() => setStep(wrong)}>
            Go to {steps[wrong]?.title.toLowerCase()}: {problem.message}
          </Button>
        ) : null}
        <Panel title="Start">
          <form
            style={{ display: "grid", gap: 10 }}
            onSubmit={(event) => {
              event.preventDefault();
              start.mutate();
            }}
          >
            <TextInput
              label="Name"
              required
              maxLength={120}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button
              type="submit"
              size="sm"
              loading={start.isPending}
              disabled={estimate.isError || name.trim() === ""}
            >
              Start AutoBuild
            </Button>
            <span className="muted">
              It runs as a job: you can leave the page, and stop it at any time.
            </span>
          </form>
        </Panel>
      </div>
    </div>
  );
}

/** Defaults, over them what an earlier AutoBuild had. */
function startOf(schema: ConstraintsSchema, like: string | undefined): Definition {
  const usual = defaultsOf(schema);
  const earlier = like ? (remembered(like) as Definition | null) : null;
  return earlier ? merged(usual, earlier) : usual;
}

function merged(usual: Definition, earlier: Definition): Definition {
  const made = { ...usual };
  for (const [name, value] of Object.entries(earlier)) {
    const under = asObject(usual[name]);
    made[name] = Object.keys(under).length > 0 ? merged(under, asObject(value)) : value;
  }
  return made;
}

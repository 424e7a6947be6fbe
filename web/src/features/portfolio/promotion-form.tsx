// The terms of a promotion, and the act: plain when all gates are green, overridden with a reason.
import { Button, Checkbox, Select, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { queryClient } from "../../lib/queries";
import { type Gates, promote, type Subject } from "../../lib/resources/promotions";
import { type Connection, createConnection } from "../../lib/resources/subscriptions";
import fields from "../../ui/fields.module.css";
import { Fault } from "../../ui/states";

interface PromotionFormProps {
  subject: Subject;
  gates: Gates;
  connections: Connection[];
  connection: string | null;
  onConnection: (id: string) => void;
}

const newPaper = "new";
const decimal = /^\d+(\.\d+)?$/;
const optional = (text: string) =>
  text.trim() === "" || decimal.test(text.trim()) ? null : "Expected a number, or nothing";
const read = (text: string) => (text.trim() === "" ? null : Number(text));

export function PromotionForm(props: PromotionFormProps) {
  const { subject, gates, connections, connection, onConnection } = props;
  const form = useForm({
    initialValues: { capital: "10000", leverage: "", dailyLoss: "", override: false, reason: "" },
    validate: {
      capital: (text) =>
        decimal.test(text.trim()) && Number(text) > 0 ? null : "Expected a positive amount",
      leverage: optional,
      dailyLoss: optional,
      reason: (text, values) =>
        values.override && text.trim() === "" ? "Say why the red gates may be passed over" : null,
    },
  });
  const act = useMutation({
    mutationFn: async (values: typeof form.values) =>
      promote({
        subject: { ...subject, parameters: {} },
        connection_id: connection ?? (await createConnection("Paper")).id,
        capital: values.capital,
        risk_profile: {
          leverage: read(values.leverage),
          max_daily_loss: read(values.dailyLoss),
        },
        join: "wait",
        override: values.override,
        reason: values.override ? values.reason.trim() : "",
      }),
    onSuccess: () => form.setValues({ override: false, reason: "" }),
    onSettled: () => {
      for (const key of ["promotions", "subscriptions", "dashboard", "connections"])
        void queryClient.invalidateQueries({ queryKey: [key] });
    },
  });
  const may = gates.ready || form.values.override;
  return (
    <form className={fields.form} onSubmit={form.onSubmit((values) => act.mutate(values))}>
      <div className={fields.grid}>
        <Select
          label="Account"
          data={
            connections.length > 0
              ? connections.map(({ id, name, venue }) => ({
                  value: id,
                  label: `${name} (${venue})`,
                }))
              : [{ value: newPaper, label: "New paper account" }]
          }
          value={connection ?? newPaper}
          onChange={(value) => (value && value !== newPaper ? onConnection(value) : undefined)}
        />
        <TextInput
          label="Capital"
          inputMode="decimal"
          required
          {...form.getInputProps("capital")}
        />
        <TextInput
          label="Leverage"
          description="Empty: as the versions say"
          inputMode="decimal"
          {...form.getInputProps("leverage")}
        />
        <TextInput
          label="Max daily loss"
          description="0.05 is 5 %; or empty"
          inputMode="decimal"
          {...form.getInputProps("dailyLoss")}
        />
      </div>
      {gates.ready ? null : gates.override_allowed ? (
        <>
          <Checkbox
            label="Pass over the red gates, on paper"
            description="Your reason is kept in the audit log"
            {...form.getInputProps("override", { type: "checkbox" })}
          />
          {form.values.override ? (
            <Textarea
              label="Reason"
              withAsterisk
              autosize
              minRows={2}
              {...form.getInputProps("reason")}
            />
          ) : null}
        </>
      ) : (
        <span className="muted">
          With this account real money moves: red gates cannot be passed over.
        </span>
      )}
      <Fault error={act.error} />
      <div className={fields.foot}>
        <Button type="submit" size="sm" disabled={!may} loading={act.isPending}>
          {form.values.override && !gates.ready ? "Promote against the gates" : "Promote"}
        </Button>
        {may ? null : <span className="muted">Promotion opens when every gate is green.</span>}
      </div>
    </form>
  );
}

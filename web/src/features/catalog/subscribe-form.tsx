// Follow a strategy: capital, risk profile, limits, how to join; text until it is sent.
import { Accordion, Button, Radio, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { queryClient } from "../../lib/queries";
import { coverageQuery } from "../../lib/resources/data";
import type { Parameter } from "../../lib/resources/strategies";
import { connectionsQuery, createConnection, subscribe } from "../../lib/resources/subscriptions";
import styles from "../../ui/fields.module.css";
import { ParameterFields } from "../../ui/parameter-fields";
import { Fault } from "../../ui/states";
import { checks, type Profile, profileRequest, suggested } from "./risk-profile";

interface SubscribeFormProps {
  target: { strategyId: string; versionId: string };
  timeframe: string;
  instruments: string[];
  parameters: Parameter[];
}

const newPaper = "new";

export function SubscribeForm({ target, timeframe, instruments, parameters }: SubscribeFormProps) {
  const navigate = useNavigate();
  const coverage = useQuery(coverageQuery);
  const connections = useQuery(connectionsQuery);
  const paper = connections.data?.[0];
  const choices = (coverage.data ?? []).map((entry) => `${entry.instrument} ${entry.timeframe}`);
  const preferred = instruments[0]
    ? `${instruments[0]} ${timeframe}`
    : choices.find((choice) => choice.endsWith(` ${timeframe}`));
  const form = useForm<Profile>({ initialValues: suggested, validate: checks });
  const series = form.values.series || preferred || "";
  const start = useMutation({
    mutationFn: async (values: Profile) => {
      const [instrument = "", frame = timeframe] = series.split(" ");
      const chosen = values.connection || paper?.id || newPaper;
      const connection = chosen === newPaper ? (await createConnection("Paper")).id : chosen;
      return subscribe({
        version_id: target.versionId,
        instrument,
        timeframe: frame,
        parameters: values.parameters,
        connection_id: connection,
        capital: values.capital,
        risk_profile: profileRequest(values),
        join: values.join,
      });
    },
    onSuccess: (session) => {
      for (const key of ["subscriptions", "dashboard", "connections", "catalog"]) {
        void queryClient.invalidateQueries({ queryKey: [key] });
      }
      void navigate({ to: "/sessions/$subscriptionId", params: { subscriptionId: session.id } });
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => start.mutate(values))}>
      <Stack gap="sm">
        <Select
          label="Candles"
          searchable
          required
          data={[...new Set(preferred ? [preferred, ...choices] : choices)]}
          value={series || null}
          onChange={(value) => form.setFieldValue("series", value ?? "")}
        />
        <Select
          label="Account"
          data={[
            ...(connections.data ?? []).map(({ id, name, venue }) => ({
              value: id,
              label: `${name} (${venue})`,
            })),
            ...(paper ? [] : [{ value: newPaper, label: "New paper account" }]),
          ]}
          value={form.values.connection || paper?.id || newPaper}
          onChange={(value) => form.setFieldValue("connection", value ?? "")}
        />
        <div className={styles.grid}>
          <TextInput
            label="Capital"
            inputMode="decimal"
            required
            {...form.getInputProps("capital")}
          />
          <TextInput
            label="Risk per trade"
            description="0.02 is 2 %"
            inputMode="decimal"
            required
            {...form.getInputProps("risk")}
          />
          <TextInput
            label="Leverage"
            inputMode="decimal"
            required
            {...form.getInputProps("leverage")}
          />
          <TextInput
            label="Max positions"
            inputMode="numeric"
            required
            {...form.getInputProps("maxPositions")}
          />
          <TextInput
            label="Max daily loss"
            description="0 is off"
            inputMode="decimal"
            required
            {...form.getInputProps("maxDailyLoss")}
          />
        </div>
        <Accordion variant="contained" chevronPosition="left">
          <Accordion.Item value="more">
            <Accordion.Control>Stops, targets and parameters</Accordion.Control>
            <Accordion.Panel>
              <Stack gap="sm">
                <div className={styles.grid}>
                  <TextInput
                    label="ATR stop multiple"
                    description="Empty: the strategy's"
                    inputMode="decimal"
                    {...form.getInputProps("atrStop")}
                  />
                  <TextInput
                    label="ATR target multiple"
                    description="Empty: the strategy's"
                    inputMode="decimal"
                    {...form.getInputProps("atrTarget")}
                  />
                </div>
                <ParameterFields
                  parameters={parameters}
                  values={form.values.parameters}
                  onChange={(values) => form.setFieldValue("parameters", values)}
                />
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
        <Radio.Group
          label="When a trade of the strategy is already open"
          {...form.getInputProps("join")}
        >
          <Stack gap={6} mt={6}>
            <Radio value="wait" label="Wait for the next entry" />
            <Radio value="join" label="Join if the price is no worse" />
          </Stack>
        </Radio.Group>
        {coverage.data?.length === 0 && !preferred ? (
          <span className="muted">
            There are no candles to trade on yet. <Link to="/data">Import some first</Link>.
          </span>
        ) : null}
        <Fault error={start.error ?? coverage.error ?? connections.error} />
        <Button type="submit" size="sm" loading={start.isPending} disabled={!series}>
          Trade on paper
        </Button>
      </Stack>
    </form>
  );
}

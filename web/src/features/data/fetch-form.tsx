// Ask a provider for past candles of a series.
import { Autocomplete, Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { queryClient } from "../../lib/queries";
import { askFetch, coverageQuery, type Provider } from "../../lib/resources/data";
import fields from "../../ui/fields.module.css";
import { Fault } from "../../ui/states";

const timeframes = ["1m", "5m", "15m", "1h", "4h", "1d"];
const usual = "bybit";

interface FetchFormProps {
  providers: Provider[];
  onDone: () => void;
}

export function FetchForm({ providers, onDone }: FetchFormProps) {
  const known = useQuery(coverageQuery).data ?? [];
  const usable = providers.filter((provider) => provider.available);
  const form = useForm({
    initialValues: {
      provider: usable[0]?.name ?? "",
      exchange: usual,
      instrument: "",
      timeframe: "1h",
      from: "",
      to: "",
    },
    validate: {
      provider: (text) => (text ? null : "Choose a provider"),
      instrument: (text) =>
        /^[a-z0-9][a-z0-9_-]*:\S+$/.test(text.trim())
          ? null
          : "Expected venue:SYMBOL, e.g. bybit:BTC-USDT",
      from: (text) => (text ? null : "Choose the first day"),
      to: (to, { from }) => (to && from && to <= from ? "Must be after From" : null),
    },
  });
  const chosen = providers.find((provider) => provider.name === form.values.provider);
  const exchanges = chosen?.exchanges ?? [];
  const ask = useMutation({
    mutationFn: (values: typeof form.values) =>
      askFetch({
        provider: exchanges.length > 0 ? `${values.provider}:${values.exchange}` : values.provider,
        instrument: values.instrument.trim(),
        timeframe: values.timeframe,
        from: `${values.from}T00:00:00Z`,
        to: values.to ? `${values.to}T00:00:00Z` : null,
      }),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["fetches"] });
      onDone();
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => ask.mutate(values))}>
      <Stack gap="sm">
        <div className={fields.grid}>
          <Select
            className={fields.wide}
            label="Provider"
            data={providers.map((provider) => ({
              value: provider.name,
              label: provider.title,
              disabled: !provider.available,
            }))}
            {...form.getInputProps("provider")}
          />
          {exchanges.length > 0 ? (
            <Select
              label="Exchange"
              searchable
              data={exchanges}
              {...form.getInputProps("exchange")}
            />
          ) : null}
        </div>
        <Autocomplete
          label="Instrument"
          placeholder="bybit:BTC-USDT"
          required
          data={[...new Set(known.map((series) => series.instrument))]}
          {...form.getInputProps("instrument")}
        />
        <div className={fields.grid}>
          <Select label="Timeframe" data={timeframes} {...form.getInputProps("timeframe")} />
          <TextInput type="date" label="From" required {...form.getInputProps("from")} />
          <TextInput
            type="date"
            label="To, before"
            description="Empty: up to now"
            {...form.getInputProps("to")}
          />
        </div>
        <Fault error={ask.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={ask.isPending} disabled={usable.length === 0}>
            Fetch
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

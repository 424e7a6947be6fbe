// Import a file of candles, and read what was found in it.
import { Autocomplete, Button, FileInput, Group, Modal, Select, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { queryClient } from "../../lib/queries";
import { coverageQuery, importFile } from "../../lib/resources/data";
import { Icon } from "../../ui/icon";
import { Fault } from "../../ui/states";
import { ImportFindings } from "./import-findings";

const timeframes = ["1m", "5m", "15m", "1h", "4h", "1d"];

interface Values {
  file: File | null;
  instrument: string;
  timeframe: string;
}

export function ImportForm({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const known = useQuery(coverageQuery).data ?? [];
  const form = useForm<Values>({
    initialValues: { file: null, instrument: "", timeframe: "1h" },
    validate: {
      file: (file) => (file ? null : "Choose a file"),
      instrument: (text) =>
        /^[a-z0-9]+:\S+$/i.test(text.trim())
          ? null
          : "Expected venue:SYMBOL, e.g. binance:BTC-USDT",
    },
  });
  const bring = useMutation({
    mutationFn: (values: Values) => {
      if (!values.file) throw new Error("Choose a file first.");
      return importFile(values.file, values.instrument.trim(), values.timeframe);
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["coverage"] }),
  });
  const again = () => {
    bring.reset();
    form.setFieldValue("file", null);
  };
  return (
    <Modal opened={opened} onClose={onClose} title={<strong>Import candles</strong>} size="lg">
      {bring.data ? (
        <ImportFindings report={bring.data} onAgain={again} onClose={onClose} />
      ) : (
        <form onSubmit={form.onSubmit((values) => bring.mutate(values))}>
          <Stack gap="sm">
            <FileInput
              label="File"
              description="CSV, Parquet or Feather, of any size"
              placeholder="Choose a file"
              accept=".csv,.gz,.parquet,.feather,.arrow"
              leftSection={<Icon name="upload" size={14} />}
              required
              {...form.getInputProps("file")}
            />
            <Autocomplete
              label="Instrument"
              placeholder="binance:BTC-USDT"
              required
              data={[...new Set(known.map((series) => series.instrument))]}
              {...form.getInputProps("instrument")}
            />
            <Select label="Timeframe" data={timeframes} {...form.getInputProps("timeframe")} />
            <Fault error={bring.error} />
            <Group justify="flex-end">
              <Button type="submit" loading={bring.isPending}>
                Import
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

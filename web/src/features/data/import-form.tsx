// Import a file of candles, and read what was found in it.
import {
  Autocomplete,
  Button,
  Checkbox,
  FileInput,
  Group,
  Modal,
  Select,
  Stack,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { queryClient } from "../../lib/queries";
import { coverageQuery, importFile } from "../../lib/resources/data";
import { Icon } from "../../ui/icon";
import { Fault } from "../../ui/states";
import { ImportFindings } from "./import-findings";
import fields from "../../ui/fields.module.css";

const timeframes = ["1m", "5m", "15m", "1h", "4h", "1d"];
const zones = ["UTC", "Asia/Kolkata", "America/New_York", "Europe/London"];

interface Values {
  file: File | null;
  instrument: string;
  timeframe: string;
  timezone: string;
  replace: boolean;
}

const instrumentForm = /^[a-z0-9][a-z0-9_-]*:\S+$/;

export function ImportForm({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const known = useQuery(coverageQuery).data ?? [];
  const form = useForm<Values>({
    initialValues: { file: null, instrument: "", timeframe: "1h", timezone: "", replace: false },
    validate: {
      file: (file) => (file ? null : "Choose a file"),
      instrument: (text) =>
        instrumentForm.test(text.trim()) ? null : "Expected venue:SYMBOL, e.g. binance:BTC-USDT",
    },
  });
  const bring = useMutation({
    mutationFn: (values: Values) => {
      if (!values.file) throw new Error("Choose a file first.");
      return importFile({
        ...values,
        file: values.file,
        instrument: values.instrument.trim(),
        timezone: values.timezone.trim(),
      });
    },
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["coverage"] });
      void queryClient.invalidateQueries({ queryKey: ["imports"] });
    },
  });
  const again = () => {
    bring.reset();
    form.setFieldValue("file", null);
  };
  return (
    <Modal opened={opened} onClose={onClose} title={<strong>Import candles</strong>} size="lg">
      {bring.data ? (
        <ImportFindings done={bring.data} onAgain={again} onClose={onClose} />
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
            <div className={fields.grid}>
              <Select label="Timeframe" data={timeframes} {...form.getInputProps("timeframe")} />
              <Autocomplete
                label="Time zone"
                placeholder="of times without one"
                data={zones}
                {...form.getInputProps("timezone")}
              />
            </div>
            <Checkbox
              label="Where the file and the series differ, take the file"
              {...form.getInputProps("replace", { type: "checkbox" })}
            />
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

// One form for the three kinds of run: checks what can be seen here, submits, goes to the result.
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { axisSize } from "../../lib/axis";
import { queryClient } from "../../lib/queries";
import { remember } from "../../lib/remembered";
import {
  runAddress,
  type RunKind,
  submitBacktest,
  submitSweep,
  submitWalkForward,
} from "../../lib/resources/runs";
import { gridRequestOf, requestOf, type RunValues, valuesFrom } from "./request";
import { useSource } from "./source";

const number = (text: string) => text.trim() !== "" && Number.isFinite(Number(text));

export function useRunForm(kind: RunKind) {
  const search = useSearch({ strict: false });
  const navigate = useNavigate();
  const form = useForm<RunValues>({
    initialValues: valuesFrom(search),
    validate: (values) => ({
      source: values.source ? null : "Choose what to test",
      series: values.series ? null : "Choose the candles",
      to: values.from && values.to && values.to <= values.from ? "Must be after From" : null,
      cash: number(values.cash) && Number(values.cash) > 0 ? null : "Expected a positive amount",
      feePercent:
        number(values.feePercent) && Number(values.feePercent) >= 0 ? null : "Expected 0 or more",
      slippageBps:
        number(values.slippageBps) && Number(values.slippageBps) >= 0 ? null : "Expected 0 or more",
      spreadBps:
        number(values.spreadBps) && Number(values.spreadBps) >= 0 ? null : "Expected 0 or more",
      size:
        values.sizing === "definition" || (number(values.size) && Number(values.size) > 0)
          ? null
          : "Expected a positive number",
      grid: kind === "backtest" ? null : gridFault(values.grid),
      fit:
        kind === "walkforward" && !(Number(values.fit) > 0 && Number(values.fit) < 1)
          ? "Between 0 and 1"
          : null,
      random: kind === "backtest" ? null : wholeFault(values.random),
      purge: kind === "walkforward" ? wholeFault(values.purge) : null,
      embargo: kind === "walkforward" ? wholeFault(values.embargo) : null,
      windows: kind === "walkforward" && !(Number(values.windows) >= 1) ? "At least 1" : null,
    }),
  });
  const source = useSource(form.values.source);
  const submit = useMutation({
    mutationFn: (values: RunValues) => {
      if (!source.body) throw new Error("The strategy is still loading; try again in a moment.");
      if (kind === "backtest") return submitBacktest(requestOf(values, source.body));
      const request = gridRequestOf(values, source.body);
      if (kind === "sweep") return submitSweep(request);
      const { fit, windows, purge, embargo, anchored } = values;
      return submitWalkForward({
        ...request,
        fit: Number(fit),
        windows: Number(windows),
        purge: Number(purge),
        embargo: Number(embargo),
        anchored,
      });
    },
    onSuccess: (run, values) => {
      remember(run.id, { ...values });
      void queryClient.invalidateQueries({ queryKey: ["runs", kind, "list"] });
      void navigate({ to: `${runAddress(kind)}/$runId`, params: { runId: run.id } });
    },
  });
  return { form, source, submit };
}

const wholeFault = (text: string) => (/^\d+$/.test(text.trim()) ? null : "Expected a whole number");

function gridFault(grid: Record<string, string>): string | null {
  const sizes = Object.values(grid).map(axisSize);
  const wrong = sizes.find((size) => typeof size === "string");
  if (typeof wrong === "string") return wrong;
  return sizes.some((size) => size !== 0) ? null : "Give at least one parameter a range";
}

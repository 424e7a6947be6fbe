// What was heard of an AutoBuild: steps in order, none twice, and what they say about each stage.
import { bytes, count, duration, ratio } from "../../lib/format";
import { type Stage, stages, type StepEvent } from "../../lib/resources/autobuilds";

export interface Steps {
  items: StepEvent[];
  last: number;
}

const keep = 2_000;

export function collect(seen: Steps, heard: StepEvent[]): Steps {
  const fresh = heard
    .filter((event) => event.seq > seen.last)
    .sort((a, b) => a.seq - b.seq)
    .filter((event, place, all) => event.seq !== all[place - 1]?.seq);
  if (fresh.length === 0) return seen;
  const items = [...seen.items, ...fresh];
  return { items: items.slice(-keep), last: items.at(-1)?.seq ?? seen.last };
}

export interface StageState {
  stage: Stage;
  state: "waiting" | "now" | "done";
  seconds: number | null;
}

/** Each stage as its own events tell it; the run's stage speaks where events were lost. */
export function stageStates(
  items: StepEvent[],
  current: Stage | null,
  over: boolean,
): StageState[] {
  const place = current === null ? -1 : stages.indexOf(current);
  return stages.map((stage, at) => {
    const own = items.filter((event) => event.stage === stage);
    const finished = own.findLast((event) => event.kind === "stage_finished");
    const started = own.some((event) => event.kind === "stage_started");
    const again = own.findLast((event) => event.kind === "stage_started");
    const done = finished !== undefined && (again === undefined || finished.seq > again.seq);
    if (done || at < place) return { stage, state: "done", seconds: finished?.seconds ?? null };
    if (!over && (at === place || started)) return { stage, state: "now", seconds: null };
    return { stage, state: "waiting", seconds: null };
  });
}

const words: Partial<Record<string, (event: StepEvent) => string>> = {
  started: () => "A worker has begun",
  resumed: (event) => `Goes on after an interruption; ${count(event.kept)} instruments were kept`,
  stage_started: (event) => (event.total ? `Begins: ${count(event.total)} instruments` : "Begins"),
  stage_finished: (event) => `Done in ${shortly(event.seconds)}, ${count(event.done)} instruments`,
  instrument_started: (event) =>
    `${event.instrument}: ${count(event.bars)} bars, ${bytes(event.bytes)}`,
  instrument_done: doneLine,
  instrument_failed: failedLine,
  progress: (event) =>
    `${count(event.done)} of ${count(event.total)} instruments, ${count(event.tested)} sets`,
  note: (event) => event.text ?? "",
  finished: (event) => `Ended: ${event.status ?? ""} ${event.error ?? ""}`.trim(),
};

function doneLine(event: StepEvent): string {
  const verdict = event.accepted ? "accepted" : "turned away";
  const sets = `${count(event.sets)} sets in ${shortly(event.seconds)}`;
  const speed = `${count(event.sets_per_s)} a second`;
  const best = `best Sharpe ${ratio(event.best_sharpe)}`;
  return `${event.instrument} ${verdict}: ${sets} (${speed}), ${best}`;
}

function failedLine(event: StepEvent): string {
  const why = event.message ?? event.error_kind ?? "";
  return `${event.instrument} left out: ${why} ${event.action ?? ""}`;
}

/** One line of the log. */
export function lineOf(event: StepEvent): string {
  return words[event.kind]?.(event) ?? event.kind.replaceAll("_", " ");
}

export function shortly(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "–";
  return seconds < 10 ? `${seconds.toFixed(1)}s` : duration(seconds);
}

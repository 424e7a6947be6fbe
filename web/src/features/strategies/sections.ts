// The fields of a document's fixed sections, as data: where each stands, how it is asked for.
import { type Path } from "../../lib/definition";

export interface SectionField {
  path: Path;
  label: string;
  hint: string;
  kind: "number" | "flag" | "choice" | "text" | "series" | "list";
  usual: string | number | boolean;
  choices?: string[];
}

export interface Section {
  title: string;
  fields: SectionField[];
}

const number = (path: Path, label: string, hint: string, usual: number): SectionField => ({
  path,
  label,
  hint,
  kind: "number",
  usual,
});
const flag = (path: Path, label: string, hint: string, usual: boolean): SectionField => ({
  path,
  label,
  hint,
  kind: "flag",
  usual,
});
const choice = (
  path: Path,
  label: string,
  hint: string,
  choices: string[],
  usual: string,
): SectionField => ({
  path,
  label,
  hint,
  kind: "choice",
  choices,
  usual,
});

const text = (path: Path, label: string, hint: string): SectionField => ({
  path,
  label,
  hint,
  kind: "text",
  usual: "",
});
const level = (name: string, label: string): SectionField => ({
  path: ["levels", name],
  label,
  hint: "A series, such as band.lower",
  kind: "series",
  usual: "",
});

export const levels: Section = {
  title: "Absolute levels",
  fields: [
    level("long_stop", "Stop of a long"),
    level("long_target", "Target of a long"),
    level("short_stop", "Stop of a short"),
    level("short_target", "Target of a short"),
  ],
};

export const exits: Section = {
  title: "Exits",
  fields: [
    number(["exits", "stop_loss_pct"], "Stop loss", "Fraction below entry; 0 off", 0),
    number(["exits", "take_profit_pct"], "Take profit", "Fraction above entry; 0 off", 0),
    number(["exits", "trailing_stop_pct"], "Trailing stop", "Fraction behind the best; 0 off", 0),
    number(["exits", "break_even_pct"], "Break even", "Gain that moves the stop; 0 off", 0),
    number(["exits", "atr_stop_multiple"], "ATR stop", "Multiples of ATR; 0 off", 0),
    number(["exits", "atr_target_multiple"], "ATR target", "Multiples of ATR; 0 off", 0),
    number(["exits", "atr_trail_multiple"], "ATR trail", "Multiples of ATR; 0 off", 0),
    number(["exits", "atr_period"], "ATR period", "Bars", 14),
    number(["exits", "time_stop_bars"], "Time stop", "Bars held at most; 0 off", 0),
    flag(["exits", "session_exit"], "Session exit", "Leave before the session ends", false),
  ],
};

export const filters: Section = {
  title: "Filters",
  fields: [
    choice(
      ["filters", "trend", "mode"],
      "Trend",
      "Only with the long average",
      ["off", "sma", "ema"],
      "off",
    ),
    number(["filters", "trend", "window"], "Trend window", "Bars of that average", 200),
    text(["filters", "trend", "timeframe"], "Trend timeframe", "A longer one, e.g. 4h"),
    choice(
      ["filters", "entry_quality"],
      "Entry quality",
      "How strict",
      ["off", "relaxed", "balanced", "strict"],
      "off",
    ),
    number(["filters", "body_ratio"], "Body ratio", "Least body of the candle, 0 to 1", 0),
    number(["filters", "fee_gate_multiple"], "Fee gate", "Least move in round trips; 0 off", 0),
    number(["cool_down_bars"], "Cool-down", "Bars without entry after an exit", 0),
    text(["filters", "session_window", "from"], "Entries from", "HH:MM on the venue's clock"),
    text(["filters", "session_window", "to"], "Entries before", "HH:MM; give both or none"),
    {
      path: ["filters", "whitelist"],
      label: "Only these instruments",
      hint: "Empty: any instrument",
      kind: "list",
      usual: "",
    },
  ],
};

export const sizing: Section = {
  title: "Sizing and limits",
  fields: [
    choice(
      ["sizing", "mode"],
      "Sizing",
      "What the size means",
      ["quantity", "fraction", "risk"],
      "fraction",
    ),
    number(["sizing", "size"], "Size", "0.95 of equity, 0.02 at risk, or units", 1),
    number(["sizing", "leverage"], "Leverage", "Most notional over equity", 1),
    number(["limits", "max_positions"], "Max positions", "Open at once", 1),
    number(["limits", "max_daily_loss"], "Max daily loss", "Fraction; 0 off", 0),
    choice(
      ["limits", "daily_loss_action"],
      "At that loss",
      "What happens",
      ["block_entries", "flatten"],
      "flatten",
    ),
    number(["limits", "max_exposure"], "Max exposure", "Multiple of equity; 0 off", 0),
    flag(["limits", "allow_long"], "Long entries", "", true),
    flag(["limits", "allow_short"], "Short entries", "", true),
  ],
};

export const conditions = [
  { path: ["entry_long"], title: "Enter long when" },
  { path: ["entry_short"], title: "Enter short when" },
  { path: ["exit_long"], title: "Exit long when" },
  { path: ["exit_short"], title: "Exit short when" },
];

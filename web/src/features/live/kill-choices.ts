// The three acts of a kill switch in the words people choose by.
import type { Choice } from "../../ui/choice-dialog";

export const killChoices: Choice[] = [
  {
    value: "stop_new",
    label: "Stop new entries",
    hint: "Open positions keep their stops and exits",
  },
  {
    value: "cancel_open",
    label: "Stop and cancel open orders",
    hint: "Entries at the venue are taken back; stops stay",
  },
  {
    value: "flatten",
    label: "Flatten",
    hint: "Stop, cancel, and close every position at the market",
    typed: "FLATTEN",
  },
];

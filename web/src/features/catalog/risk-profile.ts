// A risk profile as one types it, what is checked before it is sent, and what is sent.
import type { Schemas } from "../../lib/http";
import type { ParameterValues } from "../../lib/resources/runs";

type RiskProfile = Schemas["RiskBody"];

export interface Profile {
  series: string;
  connection: string;
  capital: string;
  risk: string;
  leverage: string;
  maxPositions: string;
  maxDailyLoss: string;
  atrStop: string;
  atrTarget: string;
  join: "wait" | "join";
  parameters: ParameterValues;
}

export const suggested: Profile = {
  series: "",
  connection: "",
  capital: "10000",
  risk: "0.02",
  leverage: "1",
  maxPositions: "1",
  maxDailyLoss: "0.05",
  atrStop: "",
  atrTarget: "",
  join: "wait",
  parameters: {},
};

type Check = (text: string) => string | null;

const decimal = /^\d+(\.\d+)?$/;

const positive: Check = (text) =>
  decimal.test(text.trim()) && Number(text) > 0 ? null : "Expected a positive number";
const whole: Check = (text) => (/^[1-9]\d*$/.test(text.trim()) ? null : "Expected 1 or more");
const optional: Check = (text) => (text.trim() === "" ? null : positive(text));
const share =
  (low: string): Check =>
  (text) => {
    if (!decimal.test(text.trim())) return "Expected a fraction, e.g. 0.02";
    if (Number(text) >= 1) return `${text} is ${Number(text) * 100} %; expected a fraction below 1`;
    return low === "open" && Number(text) === 0 ? "Expected more than 0" : null;
  };

export const checks = {
  capital: positive,
  risk: share("open"),
  leverage: positive,
  maxPositions: whole,
  maxDailyLoss: share("closed"),
  atrStop: optional,
  atrTarget: optional,
};

export function profileRequest(values: Profile): RiskProfile {
  const request: RiskProfile = {
    sizing: "risk",
    size: Number(values.risk),
    leverage: Number(values.leverage),
    max_positions: Number(values.maxPositions),
    max_daily_loss: Number(values.maxDailyLoss),
  };
  if (values.atrStop.trim()) request.atr_stop_multiple = Number(values.atrStop);
  if (values.atrTarget.trim()) request.atr_target_multiple = Number(values.atrTarget);
  return request;
}

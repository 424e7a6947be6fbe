import { describe, expect, it } from "vitest";
import {
  bytes,
  duration,
  money,
  percent,
  price,
  quantity,
  signOf,
  signedMoney,
  words,
} from "./format";

describe("money", () => {
  it("keeps every digit of a string that a float would lose", () => {
    expect(money("9007199254740993.37")).toBe("9,007,199,254,740,993.37");
  });
  it("shows a dash for nothing and for what is not a number", () => {
    expect(money(null)).toBe("–");
    expect(money("abc")).toBe("–");
  });
  it("uses a true minus and an explicit plus only when signed", () => {
    expect(money("-1234.5")).toBe("\u22121,234.50");
    expect(signedMoney("12")).toBe("+12.00");
    expect(signedMoney("0")).toBe("0.00");
  });
});

describe("price and quantity", () => {
  it("keeps small prices readable", () => {
    expect(price("0.00001234")).toBe("0.00001234");
    expect(price("64123.456")).toBe("64,123.46");
    expect(price("12.3456")).toBe("12.3456");
  });
  it("never pads a quantity", () => {
    expect(quantity("0.50000000")).toBe("0.5");
  });
});

describe("percent", () => {
  it("turns fractions into percent", () => {
    expect(percent("0.0234")).toBe("2.34%");
    expect(percent(-0.5, 1, true)).toBe("\u221250.0%");
    expect(percent(null)).toBe("–");
  });
});

describe("signOf", () => {
  it("reads the sign and treats zero and nothing alike", () => {
    expect(signOf("-0.00000001")).toBe(-1);
    expect(signOf("-0")).toBe(0);
    expect(signOf("0.1")).toBe(1);
    expect(signOf(undefined)).toBe(0);
  });
});

describe("duration, bytes and words", () => {
  it("shows the two largest units", () => {
    expect(duration(59)).toBe("59s");
    expect(duration(3_725)).toBe("1h 2m");
    expect(duration(86_400)).toBe("1d");
  });
  it("scales bytes", () => {
    expect(bytes(999)).toBe("999 B");
    expect(bytes(1_536_000)).toBe("1.5 MB");
  });
  it("spells out names", () => {
    expect(words("max_drawdown")).toBe("Max drawdown");
  });
});

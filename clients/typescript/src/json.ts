// Answers are read field by field: unknown fields and values are let through, and a missing one is noticed.

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function object(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

export function array(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function string(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** The texts of a list. */
export function strings(value: unknown): string[] {
  return array(value).filter((entry): entry is string => typeof entry === "string");
}

/** A success that lacks what the contract promises. */
export class Unreadable extends Error {}

/** The object's field, as text that isn't empty. */
export function requiredString(from: Record<string, unknown>, field: string): string {
  const value = string(from[field]);
  if (!value) throw new Unreadable(`${field} is missing`);
  return value;
}

/** The object's field, as a number of seconds. */
export function requiredSeconds(from: Record<string, unknown>, field: string): number {
  const value = number(from[field]);
  if (value === undefined || !(value > 0 && value < 2 ** 31)) throw new Unreadable(`${field} is missing`);
  return value;
}

/** Reads a success that says nothing else: a proxy's page isn't one. */
export function flag(field: string, expected: boolean): (body: unknown) => void {
  return (body) => {
    if (object(body)[field] !== expected) throw new Unreadable(`${field} is missing`);
  };
}

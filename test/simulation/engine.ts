import { pathToFileURL } from "node:url";
import path from "node:path";
import { z } from "zod";
import { answer, report } from "../../worker/engine/answer.ts";
import { blockerOf } from "../../worker/engine/blocker.ts";
import { accept } from "../../worker/engine/command.ts";
import { decide, nextWake } from "../../worker/engine/decide.ts";
import { fold, foldAll } from "../../worker/engine/fold.ts";
import { askPermission } from "../../worker/engine/permission.ts";
import { viewOf } from "../../worker/engine/view.ts";

/** What the simulated world drives: the real engine, or one that was broken on purpose. */
export interface Engine {
  readonly fold: typeof fold;
  readonly foldAll: typeof foldAll;
  readonly decide: typeof decide;
  readonly nextWake: typeof nextWake;
  readonly answer: typeof answer;
  readonly report: typeof report;
  readonly askPermission: typeof askPermission;
  readonly accept: typeof accept;
  readonly blockerOf: typeof blockerOf;
  readonly viewOf: typeof viewOf;
}

export const ENGINE: Engine = {
  fold,
  foldAll,
  decide,
  nextWake,
  answer,
  report,
  askPermission,
  accept,
  blockerOf,
  viewOf,
};

function functionOf<T>(): z.ZodType<T> {
  return z.custom<T>((value) => typeof value === "function");
}

/** The engine of a copy of `worker/engine/` in another folder. */
export async function importEngine(folder: string): Promise<Engine> {
  const load = async (name: string): Promise<unknown> => import(pathToFileURL(path.join(folder, name)).href);
  const folding = z
    .object({ fold: functionOf<Engine["fold"]>(), foldAll: functionOf<Engine["foldAll"]>() })
    .parse(await load("fold.ts"));
  const deciding = z
    .object({ decide: functionOf<Engine["decide"]>(), nextWake: functionOf<Engine["nextWake"]>() })
    .parse(await load("decide.ts"));
  return {
    ...folding,
    ...deciding,
    ...z
      .object({ answer: functionOf<Engine["answer"]>(), report: functionOf<Engine["report"]>() })
      .parse(await load("answer.ts")),
    ...z.object({ askPermission: functionOf<Engine["askPermission"]>() }).parse(await load("permission.ts")),
    ...z.object({ accept: functionOf<Engine["accept"]>() }).parse(await load("command.ts")),
    ...z.object({ blockerOf: functionOf<Engine["blockerOf"]>() }).parse(await load("blocker.ts")),
    ...z.object({ viewOf: functionOf<Engine["viewOf"]>() }).parse(await load("view.ts")),
  };
}

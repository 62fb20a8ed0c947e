import { render } from "preact";
import { openHost } from "../bridge.ts";
import "../theme.css";
import "./plan.css";
import { PlanPage } from "./plan-page.ts";
import { PlanView } from "./plan-view.tsx";

const page = new PlanPage(openHost());
render(<PlanView page={page} />, document.body);
page.host.ready();

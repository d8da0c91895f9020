//! The form of each kind.

import type { Component } from "svelte";
import type { Form } from "../../kit/form.svelte";
import type { CatalogRow } from "../../rpc/generated";
import AccessForm from "./Access.svelte";
import AudienceForm from "./Audience.svelte";
import BusinessCalendarForm from "./BusinessCalendar.svelte";
import CalendarForm from "./Calendar.svelte";
import ChecklistForm from "./Checklist.svelte";
import EndpointForm from "./Endpoint.svelte";
import type { Kind, ObjectOf } from "./kinds";
import type { Known } from "./known.svelte";
import MessengerForm from "./Messenger.svelte";
import PersonForm from "./Person.svelte";
import PolicyForm from "./Policy.svelte";
import ProductForm from "./Product.svelte";
import PublishedCalendarForm from "./PublishedCalendar.svelte";
import RubricForm from "./Rubric.svelte";
import SourceForm from "./Source.svelte";
import TeamForm from "./Team.svelte";
import TemplateForm from "./Template.svelte";

export interface FormProps<K extends Kind> {
  form: Form<ObjectOf<K>>;
  known: Known;
  /** As it is saved; none for a new one. */
  row: CatalogRow | undefined;
}

export const forms: { [K in Kind]: Component<FormProps<K>, object, "form"> } = {
  person: PersonForm,
  team: TeamForm,
  product: ProductForm,
  endpoint: EndpointForm,
  policy: PolicyForm,
  rubric: RubricForm,
  checklist: ChecklistForm,
  template: TemplateForm,
  audience: AudienceForm,
  messenger: MessengerForm,
  calendar: CalendarForm,
  business_calendar: BusinessCalendarForm,
  source: SourceForm,
  access: AccessForm,
  published_calendar: PublishedCalendarForm,
};

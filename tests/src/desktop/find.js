// Finds what a person would call by role and name: arguments are the root element or null, the
// roles, and the name (null: any). Answers [{element, role, name, disabled}], exact names first; the caller
// asks the engine's own accessibility tree whether it agrees. Hidden and inert elements are not there.
const [root, roles, wanted] = arguments;

const IMPLICIT = {
  alert: '', alertdialog: '', article: 'article', banner: 'header', button: 'button,summary,input[type=button],input[type=submit],input[type=reset]',
  cell: 'td', checkbox: 'input[type=checkbox]', columnheader: 'th', combobox: 'select', complementary: 'aside',
  dialog: 'dialog', form: 'form', grid: '', gridcell: '', group: 'fieldset,details', heading: 'h1,h2,h3,h4,h5,h6', img: 'img', image: 'img',
  link: 'a[href]', list: 'ul,ol', listbox: 'select[multiple]', listitem: 'li', main: 'main', navigation: 'nav', option: 'option',
  progressbar: 'progress', radio: 'input[type=radio]', region: 'section', row: 'tr', searchbox: 'input[type=search]', slider: 'input[type=range]',
  spinbutton: 'input[type=number]', status: 'output', table: 'table',
  textbox: 'textarea,input:not([type]),input[type=text],input[type=email],input[type=url],input[type=tel],input[type=password],[contenteditable=true],[contenteditable=plaintext-only]',
};
const FROM_CONTENT = new Set(['button', 'cell', 'checkbox', 'columnheader', 'gridcell', 'heading', 'link', 'menuitem',
  'menuitemradio', 'menuitemcheckbox', 'option', 'radio', 'row', 'rowheader', 'switch', 'tab', 'treeitem', 'tooltip', 'listitem', 'status', 'alert']);

const squeeze = (text) => (text ?? '').replace(/\s+/g, ' ').trim();

function spoken(node, self) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE) return '';
  if (node !== self) {
    if (node.getAttribute('aria-hidden') === 'true' || !node.checkVisibility()) return '';
    const label = node.getAttribute('aria-label');
    if (label) return label;
    if (node.matches('img')) return node.alt;
    if (node.matches('input,select,textarea')) return '';
  }
  const inner = [...node.childNodes].map((child) => spoken(child, self)).join('');
  return getComputedStyle(node).display.startsWith('inline') ? inner : ` ${inner} `;
}

function nameOf(element, role) {
  const ids = squeeze(element.getAttribute('aria-labelledby')).split(' ').filter(Boolean);
  const by = ids.map((id) => document.getElementById(id)).filter(Boolean).map((other) => spoken(other, other)).join(' ');
  if (squeeze(by)) return squeeze(by);
  if (squeeze(element.getAttribute('aria-label'))) return squeeze(element.getAttribute('aria-label'));
  const labels = [...(element.labels ?? [])].map((label) => spoken(label, label)).join(' ');
  if (squeeze(labels)) return squeeze(labels);
  if (element.matches('img')) return squeeze(element.alt);
  if (element.matches('input[type=submit],input[type=button]')) return squeeze(element.value);
  if (element.matches('fieldset')) return squeeze(element.querySelector('legend')?.textContent);
  if (FROM_CONTENT.has(role) && squeeze(spoken(element, element))) return squeeze(spoken(element, element));
  return squeeze(element.getAttribute('title') || element.getAttribute('placeholder'));
}

const scope = root ?? document;
const found = [];
for (const role of roles) {
  const implicit = (IMPLICIT[role] ?? '').split(/,(?![^(]*\))/).filter(Boolean).map((css) => `${css}:not([role])`);
  for (const element of scope.querySelectorAll([`[role="${role}"]`, ...implicit].join(','))) {
    if (!element.matches('option') && !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest('[inert],[aria-hidden="true"]')) continue;
    const name = nameOf(element, role);
    const disabled = element.matches(':disabled') || element.closest('[aria-disabled="true"]') !== null;
    if (wanted === null || name.toLowerCase().includes(wanted.toLowerCase())) found.push({ element, role, name, disabled });
  }
}
const exact = found.filter((each) => each.name === wanted);
return exact.length ? exact : found;

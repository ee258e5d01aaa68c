// Shows what GET /mails says, and asks again at each server-sent event. Everything from a mail reaches the page as
// text (textContent), or as a document of its own in a sandboxed frame; nothing is ever parsed as HTML here.

const $ = (id) => document.getElementById(id);
const tabs = [...document.querySelectorAll('[role=tab]')];
const seen = new Set();

let mails = [];
let chosenId;
let part = 'text';
let asked = 0;

/** Makes an element with a class and a text. */
function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

const chosen = () => mails.find((mail) => mail.id === chosenId);
const clock = (time) => new Date(time).toLocaleTimeString();

function row(mail) {
  const button = element('button', seen.has(mail.id) ? '' : 'unread', '');
  button.type = 'button';
  button.dataset.id = mail.id;
  button.setAttribute('aria-current', String(mail.id === chosenId));
  button.append(
    element('span', 'to', mail.to.join(', ')),
    element('time', '', clock(mail.receivedAt)),
    element('span', 'subject', mail.subject || '(no subject)'),
    element('span', 'digits', mail.code ?? ''),
  );
  button.addEventListener('click', () => choose(mail.id));
  return button;
}

function showList() {
  const focused = document.activeElement?.dataset?.id;
  $('list').replaceChildren(...mails.map(row));
  if (focused) $('list').querySelector(`[data-id="${focused}"]`)?.focus();
  $('count').textContent = mails.length > 0 ? String(mails.length) : '';
  document.title = mails.length > 0 ? `Inbox (${mails.length})` : 'Inbox';
  const wanted = $('search').value.trim();
  $('list').hidden = false;
  $('empty').hidden = chosen() !== undefined;
  $('empty-title').textContent = wanted ? `No mail to “${wanted}”` : 'No mail yet';
  $('empty-example').hidden = wanted !== '';
  $('clear').disabled = mails.length === 0;
  $('clear').textContent = wanted ? 'Clear found' : 'Clear';
}

function showPart() {
  const mail = chosen();
  for (const tab of tabs) {
    tab.setAttribute('aria-selected', String(tab.dataset.part === part));
    tab.disabled = tab.dataset.part !== 'headers' && mail[tab.dataset.part] === '';
  }
  const headers = Object.entries(mail.headers).map(([name, value]) => `${name}: ${value}`);
  $('text').textContent = part === 'headers' ? headers.join('\n') : mail.text;
  $('text').hidden = part === 'html';
  $('html').hidden = part !== 'html';
  showHtml(part === 'html' ? `/mails/${mail.id}/html` : '');
}

/** A new frame for each mail: to navigate an old one would fill the browser's history. */
function showHtml(source) {
  if ($('html').getAttribute('src') === source) return;
  const frame = $('html').cloneNode();
  frame.setAttribute('src', source);
  $('html').replaceWith(frame);
}

function showMail() {
  const mail = chosen();
  $('mail').hidden = mail === undefined;
  if (!mail) return;
  $('subject').textContent = mail.subject || '(no subject)';
  $('from').textContent = mail.from;
  $('to').textContent = mail.to.join(', ');
  $('received').textContent = new Date(mail.receivedAt).toLocaleString();
  $('code-box').hidden = mail.code === null;
  $('code').textContent = mail.code ?? '';
  $('copy').textContent = 'Copy';
  $('raw').href = `/mails/${mail.id}/raw`;
  if (mail[part] === '') part = mail.text === '' ? 'html' : 'text';
  showPart();
}

function choose(id) {
  chosenId = id;
  seen.add(id);
  showList();
  showMail();
  $('list').querySelector('[aria-current=true]')?.scrollIntoView({ block: 'nearest' });
}

async function load() {
  const turn = ++asked;
  const answer = await fetch(`/mails?to=${encodeURIComponent($('search').value)}`);
  const found = await answer.json();
  if (turn !== asked) return; // a later question is on its way
  const newestBefore = mails[0]?.id;
  const followed = chosenId === undefined || chosenId === newestBefore;
  mails = found;
  // Whoever reads the newest mail goes on to the next one; whoever reads an older one stays with it.
  if (chosen() === undefined || followed) chosenId = mails[0]?.id;
  if (chosenId) seen.add(chosenId);
  showList();
  showMail();
}

async function copyCode() {
  const code = chosen()?.code;
  if (!code) return;
  await navigator.clipboard.writeText(code);
  $('copy').textContent = 'Copied';
  setTimeout(() => ($('copy').textContent = 'Copy'), 1500);
}

function step(by) {
  const next = mails[mails.findIndex((mail) => mail.id === chosenId) + by];
  if (next) choose(next.id);
}

function setPart(next) {
  const mail = chosen();
  if (!mail || mail[next] === '') return;
  part = next;
  showPart();
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  c: () => copyCode(),
  t: () => setPart(part === 'text' ? 'html' : 'text'),
  '/': () => $('search').focus(),
};

document.addEventListener('keydown', (event) => {
  if (event.target === $('search')) {
    if (event.key === 'Escape') {
      $('search').value = '';
      $('search').blur();
      void load();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  void keys[event.key]();
});

for (const tab of tabs) tab.addEventListener('click', () => setPart(tab.dataset.part));
$('copy').addEventListener('click', () => void copyCode());
$('search').addEventListener('input', () => void load());
$('clear').addEventListener('click', () => {
  void fetch(`/mails?to=${encodeURIComponent($('search').value)}`, { method: 'DELETE' });
});

$('empty-example').textContent = `curl ${location.origin}/mails?to=ada@example.com`;

const events = new EventSource('/events');
events.addEventListener('open', () => {
  $('line').textContent = 'live';
  $('line').classList.add('live');
  void load();
});
events.addEventListener('error', () => {
  $('line').textContent = 'not running';
  $('line').classList.remove('live');
});
events.addEventListener('mail', () => void load());
events.addEventListener('cleared', () => void load());

// Shows /api/openapi.json. Everything is set as text, never as HTML.

const node = (tag, text, ...children) => {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
};

const nameOf = (reference) => reference.split('/').pop();

// A schema as the shape of its JSON; each named schema is opened once on the way down.
const shape = (schema, all, seen = []) => {
  if (schema === true || !schema) return 'anything';
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    return seen.includes(name) ? name : shape(all[name], all, [...seen, name]);
  }
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) {
    const shapes = choices.map((choice) => shape(choice, all, seen));
    return shapes.every((one) => typeof one === 'string') ? shapes.join(' | ') : { 'one of': shapes };
  }
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, shape(field, all, seen)]));
  }
  if (schema.items) return [shape(schema.items, all, seen)];
  return [schema.type].flat().join(' | ');
};

const asText = (schema, all) => node('pre', JSON.stringify(shape(schema, all), null, 2));

const fieldsOf = (operation) => {
  const body = operation.requestBody?.content['application/json'].schema;
  const inBody = Object.entries(body?.properties ?? {}).map(([name, schema]) => ({
    name, in: 'body', schema, description: schema.description, required: body.required?.includes(name),
  }));
  return [...(operation.parameters ?? []), ...inBody];
};

const fieldTable = (fields, all) => {
  const head = node('tr', '', ...['Field', 'Where', 'Shape', 'Means'].map((title) => node('th', title)));
  const rows = fields.map((field) => {
    const kind = shape(field.schema, all);
    return node('tr', '',
      node('td', '', node('code', field.name + (field.required ? ' *' : ''))),
      node('td', field.in),
      node('td', '', node('code', typeof kind === 'string' ? kind : JSON.stringify(kind))),
      node('td', field.description ?? ''));
  });
  return node('table', '', node('thead', '', head), node('tbody', '', ...rows));
};

const entry = (method, path, operation, all) => {
  const method_word = node('span', method.toUpperCase());
  method_word.className = 'method';
  const title = node('summary', '', method_word, ' ', node('code', path), ` ${operation.operationId}`);
  const made = node('details', '', title, node('p', operation.description));
  const fields = fieldsOf(operation);
  if (fields.length) made.append(fieldTable(fields, all));
  const answer = operation.responses['200']?.content;
  if (answer?.['application/json']) made.append(node('p', 'Answer'), asText(answer['application/json'].schema, all));
  else if (answer) made.append(node('p', `Answer: ${Object.keys(answer).join(', ')}`));
  made.dataset.words = `${method} ${path} ${operation.operationId} ${operation.description} ${fields.map((field) => field.name).join(' ')}`.toLowerCase();
  return made;
};

const show = (api) => {
  document.getElementById('about').textContent = api.info.description;
  const groups = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(entry(method, path, operation, api.components.schemas));
    }
  }
  const sections = [...groups].map(([tag, entries]) => node('section', '', node('h2', tag), ...entries));
  document.getElementById('operations').replaceChildren(...sections);
};

document.getElementById('find').addEventListener('input', (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const section of document.querySelectorAll('section')) {
    const entries = [...section.querySelectorAll('details')];
    for (const made of entries) made.hidden = !words.every((word) => made.dataset.words.includes(word));
    section.hidden = entries.every((made) => made.hidden);
  }
});

fetch('/api/openapi.json').then((answer) => answer.json()).then(show, () => {
  document.getElementById('operations').textContent = 'The description could not be loaded. Reload the page.';
});

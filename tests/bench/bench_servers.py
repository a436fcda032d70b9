# SPDX-License-Identifier: MIT
"""Private servers, the services on them, and the load: what speed.py measures with.

Whatever is started here ends with Stage.close(), which is called in any case.
"""
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'))
SECRET = 'component-secret'
COMPONENTS = ['load', 'floor', 'ours', 'memory', 'wokkel', 'full']
ITEMS_MAX = 200000	# what the servers' own services may keep
PATIENCE = 300		# seconds for one measurement


class Failure(Exception):
	pass


def free_port(taken):
	"""Below those that the kernel gives to outgoing connections, so that a restart finds it free."""
	while True:
		port = random.randrange(12000, 32000)
		with socket.socket() as s:
			try:
				s.bind(('127.0.0.1', port))
			except OSError:
				continue
		if port not in taken:
			return port


class Server:
	"""Prosody or ejabberd, with a component for each service that is measured."""

	def __init__(self, kind, folder):
		self.kind = kind
		self.folder = folder
		self.accounts = set()
		self.script('start', kind, folder)
		self.ports = {}
		getattr(self, 'configure_' + kind)()
		self.script('restart', folder)
		self.env = dict(line.split('=', 1) for line in self.script('env', folder).splitlines())
		self.env = {k: v.strip("'") for k, v in self.env.items()}
		for name in COMPONENTS:
			self.ports.setdefault(name, int(self.env['XMPP_COMPONENT_PORT']))
		self.pid = int(self.env['XMPP_PID'])
		self.port = int(self.env['XMPP_PORT'])

	@staticmethod
	def script(*arguments):
		done = subprocess.run([os.path.join(ROOT, 'scripts/server'), *arguments], stdout=subprocess.PIPE,
			stderr=subprocess.PIPE, text=True)
		if done.returncode:
			raise Failure(done.stderr.strip() or 'scripts/server %s fails' % arguments[0])
		return done.stdout

	def edit(self, name, change):
		path = os.path.join(self.folder, name)
		with open(path) as f:
			text = change(f.read())
		with open(path, 'w') as f:
			f.write(text)

	def configure_prosody(self):
		more = ''.join('\nComponent "%s.localhost"\n\tcomponent_secret = "%s"\n' % (name, SECRET)
			for name in COMPONENTS)
		self.edit('prosody.cfg.lua', lambda text: text.replace('pubsub_max_items = 10000',
			'pubsub_max_items = %d' % ITEMS_MAX) + more)

	def configure_ejabberd(self):
		"""A component that connects is all that its port has: each has its own."""
		more = 'listen:\n'
		for name in COMPONENTS:
			self.ports[name] = free_port(self.ports.values())
			more += ('  - port: %d\n    ip: 127.0.0.1\n    module: ejabberd_service\n    hosts:\n'
				'      %s.localhost:\n        password: "%s"\n    shaper: none\n'
				% (self.ports[name], name, SECRET))
		self.edit('ejabberd.yml', lambda text: text.replace('listen:\n', more, 1)
			.replace('createnode: {allow: local}', 'createnode: {allow: all}')
			.replace('remote: {message: 20}', 'remote: {message: 1000}')
			.replace('max_items_node: 10000', 'max_items_node: %d' % ITEMS_MAX))

	def account(self, name):
		if name not in self.accounts:
			self.script('adduser', self.folder, name, 'password-of-' + name)
			self.accounts.add(name)
		return '%s@localhost/bench' % name, 'password-of-' + name

	def stop(self):
		subprocess.run([os.path.join(ROOT, 'scripts/server'), 'kill9', self.folder],
			stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Load:
	"""bench_load on a server: a command, and the numbers that it answers with."""

	def __init__(self, stage, server):
		self.stage = stage
		self.process = stage.spawn([stage.program('bench_load'), str(server.ports['load']), 'load.localhost',
			SECRET], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

	def __call__(self, *words):
		try:
			self.process.stdin.write(' '.join(str(w) for w in words) + '\n')
			self.process.stdin.flush()
			line = self.process.stdout.readline()
		except BrokenPipeError:
			line = ''
		if not line:
			raise Failure('%s: %s' % (' '.join(str(w) for w in words), self.stage.errors()))
		return [float(n) for n in line.split()]


class Service:
	"""Something that is measured."""

	def __init__(self, name, server, load, address, pid):
		self.name = name
		self.server = server
		self.load = load
		self.address = address
		self.pid = pid

	def node(self, node, items):
		self.load('node', self.address, node, items)

	def subscribe(self, node, count):
		self.load('subscribe', self.address, node, count)

	def digest(self, node, count):
		self.load('digest', self.address, node, count)

	def publish(self, node, count, window, size, each):
		return self.load('publish', self.address, node, count, window, size, each, self.pid)

	def status(self, field):
		"""KB"""
		with open('/proc/%d/status' % self.pid) as f:
			for line in f:
				if line.startswith(field + ':'):
					return int(line.split()[1])
		raise Failure('no %s' % field)


class Stage:
	"""A folder, servers in it, and the programs that run."""

	def __init__(self, build, kinds):
		self.build = build
		self.lean = False # the floor says no more than it must
		self.folder = tempfile.mkdtemp(prefix='pubsub-bench.')
		os.chmod(self.folder, 0o711)
		self.processes, self.servers, self.loads = [], {}, {}
		self.secret = self.path('secret')
		with open(os.open(self.secret, os.O_WRONLY | os.O_CREAT, 0o600), 'w') as f:
			f.write(SECRET + '\n')
		try:
			for kind in kinds:
				self.servers[kind] = Server(kind, self.path(kind))
				self.loads[kind] = Load(self, self.servers[kind])
		except BaseException:
			self.close()
			raise

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.close()

	def path(self, *names):
		return os.path.join(self.folder, *names)

	def program(self, name):
		return os.path.join(self.build, 'tests/bench', name)

	def spawn(self, command, **kw):
		with open(self.path('errors'), 'a') as errors:
			process = subprocess.Popen(command, stderr=errors, **kw)
		self.processes.append(process)
		return process

	def end(self, service):
		"""Ends a service, the good way."""
		process = next(p for p in self.processes if p.pid == service.pid)
		process.send_signal(signal.SIGTERM)
		process.wait(PATIENCE)
		self.processes.remove(process)

	def close(self):
		for process in self.processes:
			process.kill()
			process.wait()
		for kind in ('prosody', 'ejabberd'):
			if os.path.exists(self.path(kind, 'alive')):
				subprocess.run([os.path.join(ROOT, 'scripts/server'), 'kill9', self.path(kind)],
					stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
		shutil.rmtree(self.folder, ignore_errors=True)

	def errors(self):
		try:
			with open(self.path('errors')) as f:
				return f.read()
		except OSError:
			return ''

	# Services

	def ready(self, name, server, address, process):
		load = self.loads[server.kind]
		load('await', address)
		return Service(name, server, load, address, process.pid)

	def reference(self, server):
		return Service('own', server, self.loads[server.kind], 'reference.localhost', server.pid)

	def floor(self, server, mode):
		if mode == 'account':
			address, secret = server.account('floor')
			port = server.port
		else:
			address, secret, port = 'floor.localhost', SECRET, server.ports['floor']
		process = self.spawn([self.program('bench_floor'), *(['--lean'] if self.lean else []), mode, str(port), address, secret,
			'load.localhost', *(['multicast.localhost'] if server.kind == 'ejabberd' else [])])
		return self.ready('floor', server, address, process)

	def ours_command(self, server, mode, name, store, more=()):
		"""Command, environment, address."""
		command = [os.path.join(self.build, 'cmd/pubsub'), 'serve', '--create', 'anyone', '--store', store,
			*more]
		env = dict(os.environ, HOME=self.folder, XDG_CONFIG_HOME=self.path('config'))
		for variable in ('PUBSUB_JID', 'PUBSUB_PASSWORD', 'PUBSUB_SECRET', 'PUBSUB_SERVICE',
				'NOTIFY_SOCKET'):
			env.pop(variable, None)
		if mode == 'account':
			address, env['PUBSUB_PASSWORD'] = server.account(name)
			return command + ['-j', address, '-H', '127.0.0.1:%d' % server.port, '--ca-file',
				server.env['XMPP_CA']], env, address
		address = name + '.localhost'
		return command + ['--component', address, '-H', '127.0.0.1:%d' % server.ports[name],
			'--secret-file', self.secret], env, address

	def ours(self, server, mode='component', name='ours', store=None, more=()):
		command, env, address = self.ours_command(server, mode, name,
			store or self.path('%s-%s-%s.sqlite3' % (name, server.kind, mode)), more)
		return self.ready(name, server, address, self.spawn(command, env=env))

	def wokkel(self, server, node):
		process = self.spawn(['/usr/bin/python3', os.path.join(ROOT, 'tests/bench/wokkel_component.py'),
			str(server.ports['wokkel']), 'wokkel.localhost', SECRET, node])
		return self.ready('wokkel', server, 'wokkel.localhost', process)

# SPDX-License-Identifier: MIT
"""The service under test: started with a section's options, on a fresh store or the one before."""

import os
import select
import subprocess


class Service:
	def __init__(self, command, folder, patience):
		self.command = command
		self.folder = folder
		self.patience = patience
		self.process = None
		self.stores = 0

	def start(self, options, fresh=True):
		if fresh:
			self.stores += 1
		store = os.path.join(self.folder, 'wire-%d.sqlite3' % self.stores)
		ready, fd = os.pipe()
		with open(os.path.join(self.folder, 'service.err'), 'wb') as log:
			self.process = subprocess.Popen(
				self.command + ['--store', store, '--ready-fd', str(fd)] + options,
				stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[fd])
		os.close(fd)
		try:
			if not select.select([ready], [], [], self.patience)[0] or not os.read(ready, 16):
				self.process.kill()
				self.process.wait()
				self.process = None
				raise RuntimeError('the service does not start: ' + self.said())
		finally:
			os.close(ready)

	def stop(self):
		"""What is wrong with its end; None where nothing is."""
		if not self.process:
			return None
		self.process.terminate()
		try:
			status = self.process.wait(self.patience)
		except subprocess.TimeoutExpired:
			self.process.kill()
			status = self.process.wait()
		self.process = None
		return None if status == 0 else 'it ended with %d: %s' % (status, self.said())

	def said(self):
		with open(os.path.join(self.folder, 'service.err'), errors='replace') as f:
			return f.read()[-2000:]

MASTER = Master()


class Shape(LoadTestShape):
    """The scenario's phases."""

    def tick(self):
        return MASTER.tick()


@events.init.add_listener
def on_init(environment, **_kw):
    for name in PLAN["environment"]:
        variable(name)
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        MASTER.runner, MASTER.environment = runner, environment
        environment.events.worker_connect.add_listener(MASTER.on_connect)
        environment.events.worker_report.add_listener(MASTER.on_report)
        environment.events.quitting.add_listener(MASTER.write)
        runner.register_message("perfledger_final", MASTER.on_final)
        runner.register_message("perfledger_spent", MASTER.on_spent)
        gevent.signal_handler(signal.SIGUSR1, MASTER.end, "it was stopped")
        gevent.spawn(MASTER.watch)
        print(f"perfledger-port {runner.server.port}", flush=True)
    elif isinstance(runner, WorkerRunner):
        WORKER.runner = runner
        runner.register_message("perfledger_clock", WORKER.on_clock)
        runner.register_message("perfledger_end", WORKER.on_end)

        def on_report(client_id, data, **_kw):
            data["perfledger"] = WORKER.report()

        environment.events.report_to_master.add_listener(on_report)
        WORKER.fetch_data()
        WORKER.ready = True
    else:
        raise SystemExit("this file runs with --master and --worker only: histograms are added up on the master")

//! What is read of one GPU or instance.

use super::{Sampling, Stopped};
use crate::{
    call::Call,
    integral::{Moment, Reading},
    metrics::*,
    row::{Entry, ProcessRow},
    source::{ClockDomain, FaultKind, GpuSource, Part, ProcessSort},
};

impl<S: GpuSource> Sampling<S> {
    /// Reads a unit: always what is quick; performance monitoring and processes where they are due.
    pub(super) fn read_row(&mut self, row: usize, monitoring: bool, processes: bool) -> Result<(), Stopped> {
        if self.rows[row].lost.is_some() || self.rows[row].place.is_none() {
            return Ok(());
        }
        let now = self.now();
        let mut quick = std::mem::take(&mut self.rows[row].quick);
        quick.clear();
        let part = self.rows[row].unit.part.clone();
        // On a divided GPU all that runs, and all memory, is its instances'.
        if part != Part::Divided {
            self.read_use(row, now, &mut quick)?;
        }
        // An instance has no power supply, clock or thermometer of its own.
        if !matches!(part, Part::Instance { .. }) {
            self.read_state(row, now, &mut quick)?;
        }
        self.rows[row].quick = quick;
        if part != Part::Divided && monitoring && self.rows[row].unit.monitoring {
            self.read_monitoring(row, now)?;
        }
        if part != Part::Divided && processes {
            self.read_processes(row, now)?;
        }
        Ok(())
    }

    fn read_use(&mut self, row: usize, now: Moment, quick: &mut Vec<Entry>) -> Result<(), Stopped> {
        if let Some(utilization) = self.ask(row, now, Call::Utilization, S::utilization)? {
            quick.push(entry(UTILIZATION, now, utilization.busy));
            quick.push(entry(MEMORY_ACTIVE, now, utilization.memory));
            self.rows[row].busy(now, utilization.busy);
        }
        if let Some(memory) = self.ask(row, now, Call::Memory, S::memory)? {
            quick.push(entry(MEMORY_USED, now, memory.used));
            quick.push(entry(MEMORY_TOTAL, now, memory.total));
        }
        Ok(())
    }

    fn read_state(&mut self, row: usize, now: Moment, quick: &mut Vec<Entry>) -> Result<(), Stopped> {
        if let Some(joules) = self.ask(row, now, Call::Energy, S::energy)? {
            self.rows[row].energy.count(now, joules);
        } else if self.rows[row].outcomes.closed(Call::Energy) {
            self.rows[row].energy.not_counted(now);
        }
        if let Some(watts) = self.ask(row, now, Call::Power, S::power)? {
            quick.push(entry(POWER, now, watts));
            self.rows[row].energy.power(now, watts);
        }
        for domain in ClockDomain::ALL {
            if let Some(hertz) = self.ask(row, now, Call::Clock, |source, unit| source.clock(unit, domain))? {
                quick.push((CLOCK, Some(("clock", domain.name())), Reading { value: hertz, time: now.time }));
            }
        }
        if let Some(bits) = self.ask(row, now, Call::Throttling, S::throttling)? {
            self.rows[row].throttled(now, bits);
        }
        if let Some(celsius) = self.ask(row, now, Call::Temperature, S::temperature)? {
            quick.push(entry(TEMPERATURE, now, celsius));
        }
        Ok(())
    }

    fn read_monitoring(&mut self, row: usize, now: Moment) -> Result<(), Stopped> {
        let found = self.ask(row, now, Call::Monitoring, S::monitoring)?.flatten();
        let row = &mut self.rows[row];
        row.monitored.clear();
        let Some(found) = found else { return Ok(()) };
        // Where utilization is not known otherwise, as on instances, this is the same thing.
        if row.outcomes.closed(Call::Utilization)
            && let Some(busy) = found.busy
        {
            row.monitored.push(entry(UTILIZATION, now, busy));
            row.busy(now, busy);
        }
        let values = [
            (SM_UTILIZATION, found.sm),
            (SM_OCCUPANCY, found.occupancy),
            (TENSOR_ACTIVE, found.tensor),
            (DRAM_ACTIVE, found.dram),
        ];
        row.monitored.extend(values.into_iter().filter_map(|(metric, value)| Some(entry(metric, now, value?))));
        Ok(())
    }

    fn read_processes(&mut self, row: usize, now: Moment) -> Result<(), Stopped> {
        let mut found: Vec<(u32, Option<f64>)> = Vec::new();
        for sort in ProcessSort::ALL {
            let call = match sort {
                ProcessSort::Compute => Call::Compute,
                ProcessSort::Graphics => Call::Graphics,
                ProcessSort::Mps => Call::Mps,
            };
            let listed = self.ask(row, now, call, |source, unit| source.processes(unit, sort))?;
            for process in listed.into_iter().flatten() {
                // A process that both draws and computes is listed twice, with all of its memory each time.
                match found.iter_mut().find(|(pid, _)| *pid == process.pid) {
                    Some((_, memory)) => *memory = memory.or(process.memory),
                    None => found.push((process.pid, process.memory)),
                }
            }
        }
        let used = self.ask(row, now, Call::ProcessUtilization, S::process_utilization)?;
        // Of processes in namespaces that this one cannot see, there is no number to know them by.
        found.retain(|(pid, _)| *pid != 0);
        let mut look = self.directory.look();
        let reading = |value| Reading { value, time: now.time };
        let rows = found.into_iter().map(|(pid, memory)| {
            let ratio =
                |used: &Vec<(u32, f64)>| used.iter().find(|(other, _)| *other == pid).map_or(0.0, |(_, ratio)| *ratio);
            ProcessRow {
                labels: look.labels(pid),
                memory: memory.map(reading),
                utilization: used.as_ref().map(|used| reading(ratio(used))),
            }
        });
        self.rows[row].processes = rows.collect();
        Ok(())
    }

    /// Makes a call on a unit, where it is worth making; `None` is no answer this time.
    fn ask<T>(
        &mut self,
        row: usize,
        now: Moment,
        call: Call,
        make: impl FnOnce(&mut S, usize) -> Result<T, crate::source::Fault>,
    ) -> Result<Option<T>, Stopped> {
        let Some(place) = self.rows[row].place.filter(|_| self.rows[row].outcomes.due(call, now.elapsed)) else {
            return Ok(None);
        };
        let index = self.rows[row].unit.index;
        let result = self.call(call, Some(index), |source| make(source, place));
        let row = &mut self.rows[row];
        row.outcomes.note(call, now.elapsed, result.as_ref().err());
        match result {
            Ok(value) => {
                row.read = true;
                Ok(Some(value))
            }
            Err(fault) if fault.kind == FaultKind::Driver => Err(Stopped::Library(fault)),
            Err(fault) if fault.kind == FaultKind::Lost => {
                row.lose(fault.to_string());
                Err(Stopped::Unit)
            }
            Err(fault) => {
                // A handle that does not exist any more: an instance was removed, say.
                if matches!(fault.code, "invalid_argument" | "not_found") {
                    self.next_list = self.next_list.min(now.elapsed + super::MONITORED);
                }
                Ok(None)
            }
        }
    }
}

fn entry(metric: &'static Metric, now: Moment, value: f64) -> Entry {
    (metric, None, Reading { value, time: now.time })
}

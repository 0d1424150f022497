//! What a request's fact says of it.

use super::setup::Request;
use crate::model::{DaemonId, DaemonTaskDefinitionId, Owner, RevisionName};
use crate::record::Fact;

/// Fills in what a request is about.
pub(super) fn about(request: &Request, fact: &mut Fact) {
    let daemon = |id: DaemonId, revision: Option<DaemonTaskDefinitionId>, fact: &mut Fact| {
        fact.owner = Some(Owner::Daemon(id));
        fact.revision = revision.map(RevisionName::Daemon);
    };
    fact.to = match request {
        Request::CreateDaemon { daemon: id, settings } => {
            daemon(*id, Some(settings.task_definition), fact);
            "createDaemon"
        }
        Request::UpdateDaemon { daemon: id, settings } => {
            daemon(*id, Some(settings.task_definition), fact);
            "updateDaemon"
        }
        Request::DeleteDaemon { daemon: id } => {
            daemon(*id, None, fact);
            "deleteDaemon"
        }
        Request::RegisterDaemonTaskDefinition(id) => {
            fact.revision = Some(RevisionName::Daemon(*id));
            "registerDaemonTaskDefinition"
        }
        Request::DeleteDaemonTaskDefinition(id) => {
            fact.revision = Some(RevisionName::Daemon(*id));
            "deleteDaemonTaskDefinition"
        }
        Request::RegisterTaskDefinition(id) => {
            fact.revision = Some(RevisionName::App(*id));
            "registerTaskDefinition"
        }
        Request::CreateCapacityProvider(id) => {
            fact.provider = Some(*id);
            "createCapacityProvider"
        }
        Request::DeleteCapacityProvider(id) => {
            fact.provider = Some(*id);
            "deleteCapacityProvider"
        }
        Request::CreateService { service, settings } => {
            fact.owner = Some(Owner::Service(*service));
            fact.revision = Some(RevisionName::App(settings.task_definition));
            "createService"
        }
        Request::UpdateService { service, change } => {
            fact.owner = Some(Owner::Service(*service));
            fact.revision = change.task_definition.map(RevisionName::App);
            "updateService"
        }
        Request::DeleteService { service, .. } => {
            fact.owner = Some(Owner::Service(*service));
            "deleteService"
        }
        Request::RunTask { family, task_definition, .. } => {
            fact.owner = Some(Owner::Standalone(*family));
            fact.revision = Some(RevisionName::App(*task_definition));
            "runTask"
        }
        Request::StopTask { task } => {
            fact.task = Some(*task);
            fact.owner = Some(task.owner);
            "stopTask"
        }
        Request::UpdateTaskProtection { tasks, .. } => {
            fact.owner = tasks.first().map(|task| task.owner);
            "updateTaskProtection"
        }
        Request::UpdateContainerInstancesState { instances, .. } => {
            fact.instance = instances.first().copied();
            fact.provider = instances.first().map(|instance| instance.provider);
            "updateContainerInstancesState"
        }
    };
}
